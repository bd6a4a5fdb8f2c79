// What the frame of the figures does without a page: links, numbers, scales.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allowed,
  fromFragment,
  toFragment,
} from "../../code/deeplinear/explorables/frame/address.mjs";
import { trace } from "../../code/deeplinear/explorables/drawing/path.mjs";
import { linear, log, stepsAxis } from "../../code/deeplinear/explorables/drawing/scales.mjs";
import {
  power,
  powerOfTen,
  short,
  whole,
} from "../../code/deeplinear/explorables/drawing/numbers.mjs";
import { pageModel } from "../../code/deeplinear/explorables/frame/page.mjs";
import { atRest } from "../../code/deeplinear/explorables/work/rest.mjs";

const state = { p: 4, rate: 3.38e-6, method: "factors" };

test("a link brings back the state it was made from", () => {
  assert.deepEqual(fromFragment(toFragment("Lab", state), "Lab", state), state);
});

test("a link for another figure, or with values that are not allowed, changes nothing", () => {
  assert.equal(fromFragment("#Other:p=2", "Lab", state), null);
  assert.equal(fromFragment("#sources", "Lab", state), null);
  assert.deepEqual(fromFragment("#Lab:p=two;depth=3;rate=;method=%E0%A4%A", "Lab", state), {});
  assert.deepEqual(
    fromFragment("#Lab:p=99;rate=1", "Lab", state, {
      p: { least: 2, most: 8 },
      rate: { above: 0 },
    }),
    { rate: 1 },
  );
});

test("a value is held to its control's domain", () => {
  assert.ok(
    allowed(2, { least: 2, most: 8, whole: true }) &&
      allowed("rule", { options: ["rule"] }) &&
      allowed(1e-9, { above: 0 }),
  );
  for (const [value, domain] of [
    [2.5, { least: 2, whole: true }],
    [9, { least: 2, most: 8 }],
    [0, { above: 0 }],
    [Infinity, { above: 0 }],
    ["x", { options: ["rule"] }],
  ])
    assert.ok(!allowed(value, domain), `${value} in ${JSON.stringify(domain)}`);
});

test("numbers are written as readers write them", () => {
  assert.deepEqual(
    [1234.5, 0.5, 3.162e-5, 1e-4, -2e7, 0, Infinity, NaN].map((x) => short(x)),
    ["1230", "0.5", "3.16·10⁻⁵", "10⁻⁴", "−2·10⁷", "0", "∞", "no number"],
  );
  assert.equal(powerOfTen(-12), "10⁻¹²");
  assert.equal(power("|r|", 4), "|r|⁴");
  assert.equal(whole(20365), "20,365");
});

test("scales run from 0 to 1 and put their ticks inside", () => {
  for (const scale of [linear(-30, 150), log(1e-5, 1e9), stepsAxis(30_000)]) {
    assert.ok(Math.abs(scale.position(scale.min)) < 1e-12);
    assert.ok(Math.abs(scale.position(scale.max) - 1) < 1e-12);
    assert.ok(scale.ticks.length >= 3 && scale.ticks.length <= 9);
    for (const { at } of scale.ticks)
      assert.ok(scale.position(at) > -1e-9 && scale.position(at) < 1 + 1e-9);
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

/** The corners of what a pen draws, as a list of strokes, on a plot whose data are its pixels. */
function traced(xs, ys) {
  const strokes = [];
  const pen = {
    moveTo: (x, y) => strokes.push([[x, y]]),
    lineTo: (x, y) => strokes.at(-1).push([x, y]),
  };
  const pixels = {
    x: { position: (x) => x },
    y: { position: (y) => 1 - y },
    margin: [0, 0, 0, 0],
    innerWidth: 1,
    innerHeight: 1,
  };
  trace(pen, pixels, xs, ys);
  return strokes;
}

/** How far a point is from a stroke. */
const away = ([x, y], corners) =>
  Math.min(
    ...corners.slice(1).map(([bx, by], i) => {
      const [ax, ay] = corners[i];
      const [dx, dy] = [bx - ax, by - ay];
      const part = Math.min(
        1,
        Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)),
      );
      return Math.hypot(x - ax - part * dx, y - ay - part * dy);
    }),
  );

const CURVES = {
  "a straight line": [(t) => 300 * t, (t) => 20 + 100 * t, 2],
  "a circle": [(t) => 150 + 120 * Math.cos(7 * t), (t) => 150 + 120 * Math.sin(7 * t), 250],
  "a way there and back": [(t) => 300 * Math.abs(t - 0.5), () => 40, 3],
  "a zigzag": [(t) => 300 * t, (t) => 60 * (Math.round(40 * t) % 2), 150],
  "a decay": [(t) => 300 * t, (t) => 200 * Math.exp(-9 * t), 60],
};

for (const [what, [across, down, most]] of Object.entries(CURVES))
  test(`the line through a thousand points of ${what} has few corners and passes all of them`, () => {
    const points = Array.from({ length: 1001 }, (_, i) => [across(i / 1000), down(i / 1000)]);
    const [stroke, ...others] = traced(
      points.map(([x]) => x),
      points.map(([, y]) => y),
    );
    assert.equal(others.length, 0);
    assert.ok(stroke.length <= most, `${stroke.length} corners`);
    assert.ok(Math.hypot(stroke[0][0] - points[0][0], stroke[0][1] - points[0][1]) < 1e-9);
    assert.ok(
      Math.hypot(stroke.at(-1)[0] - points[1000][0], stroke.at(-1)[1] - points[1000][1]) < 1e-9,
    );
    const farthest = Math.max(...points.map((point) => away(point, stroke)));
    assert.ok(farthest < 0.3, `${farthest} pixels away`);
  });

test("a line is broken where a point is no number, and goes far out for one that is too large", () => {
  const strokes = traced([0, 10, 20, NaN, 30, 40, 50], [0, 5, 0, 0, 0, Infinity, 0]);
  assert.deepEqual(strokes, [
    [
      [0, 0],
      [10, 5],
      [20, 0],
    ],
    [
      [30, 0],
      [40, 1e4],
      [50, 0],
    ],
  ]);
  assert.deepEqual(traced([], []), []);
  assert.deepEqual(traced([3], [4]), [[[3, 4]]]);
});

test("what can wait is done once, when the hand has rested, unless it is stopped", async () => {
  const done = [];
  const wait = (time) => new Promise((ready) => setTimeout(ready, time));
  const [rest, stopped, first] = [atRest(), atRest(), atRest({ first: true })];
  stopped(() => done.push("stopped"));
  stopped.stop();
  for (const number of [1, 2, 3]) {
    rest(() => done.push(number));
    first(() => void done.push(-number));
    await wait(150);
  }
  assert.deepEqual(done, [-1]);
  await wait(450);
  assert.deepEqual(done.sort(), [-1, -3, 3]);
  first(() => void done.push(-4));
  assert.equal(done.at(-1), -4);
});
