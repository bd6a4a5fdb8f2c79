// What the frame of the figures does without a page: links, numbers, scales.
import assert from "node:assert/strict";
import { test } from "node:test";
import { allowed, fromFragment, toFragment } from "../../code/deeplinear/explorables/address.mjs";
import { linear, log, stepsAxis } from "../../code/deeplinear/explorables/drawing/scales.mjs";
import { powerOfTen, short, whole } from "../../code/deeplinear/explorables/numbers.mjs";
import { pageModel } from "../../code/deeplinear/explorables/page.mjs";

const state = { p: 4, rate: 3.38e-6, method: "factors" };

test("a link brings back the state it was made from", () => {
  assert.deepEqual(fromFragment(toFragment("Lab", state), "Lab", state), state);
});

test("a link for another figure, or with values that are not allowed, changes nothing", () => {
  assert.equal(fromFragment("#Other:p=2", "Lab", state), null);
  assert.equal(fromFragment("#sources", "Lab", state), null);
  assert.deepEqual(fromFragment("#Lab:p=two;depth=3;rate=;method=%E0%A4%A", "Lab", state), {});
  assert.deepEqual(fromFragment("#Lab:p=99;rate=1", "Lab", state, { p: { least: 2, most: 8 }, rate: { above: 0 } }), { rate: 1 });
});

test("a value is held to its control's domain", () => {
  assert.ok(allowed(2, { least: 2, most: 8, whole: true }) && allowed("rule", { options: ["rule"] }) && allowed(1e-9, { above: 0 }));
  for (const [value, domain] of [[2.5, { least: 2, whole: true }], [9, { least: 2, most: 8 }], [0, { above: 0 }], [Infinity, { above: 0 }], ["x", { options: ["rule"] }]])
    assert.ok(!allowed(value, domain), `${value} in ${JSON.stringify(domain)}`);
});

test("numbers are written as readers write them", () => {
  assert.deepEqual([1234.5, 0.5, 3.162e-5, 1e-4, -2e7, 0, Infinity, NaN].map((x) => short(x)), ["1230", "0.5", "3.16·10⁻⁵", "10⁻⁴", "−2·10⁷", "0", "∞", "no number"]);
  assert.equal(powerOfTen(-12), "10⁻¹²");
  assert.equal(whole(20365), "20,365");
});

test("scales run from 0 to 1 and put their ticks inside", () => {
  for (const scale of [linear(-30, 150), log(1e-5, 1e9), stepsAxis(30_000)]) {
    assert.ok(Math.abs(scale.position(scale.min)) < 1e-12);
    assert.ok(Math.abs(scale.position(scale.max) - 1) < 1e-12);
    assert.ok(scale.ticks.length >= 3 && scale.ticks.length <= 9);
    for (const { at } of scale.ticks) assert.ok(scale.position(at) > -1e-9 && scale.position(at) < 1 + 1e-9);
  }
});

test("the model of a page tells its listeners of changes, and of nothing else", () => {
  const model = pageModel({ name: "Lab", state });
  let calls = 0;
  const listener = () => (calls += 1);
  model.on("change:p", listener);
  model.set("p", 4);
  model.set("p", 2);
  model.set("rate", 1);
  model.off("change:p", listener);
  model.set("p", 3);
  assert.equal(calls, 1);
  assert.equal(model.get("p"), 3);
});
