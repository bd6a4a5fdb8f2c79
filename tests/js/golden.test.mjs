// The scripts compute what the Python package computes: golden/NAME.json is written by write_golden.py.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const folder = new URL("golden/", import.meta.url);
const numerics = new URL("../../code/deeplinear/explorables/numerics/", import.meta.url);
const names = readdirSync(folder).map((file) => file.replace(".json", ""));

/** Of a long list the golden files keep these. */
const kept = (list) => Array.from(list).filter((_, i) => list.length <= 24 || i < 6 || i % 7 === 0 || i === list.length - 1);

const isList = (value) => Array.isArray(value) || ArrayBuffer.isView(value);

function largest(value) {
  if (Array.isArray(value)) return Math.max(0, ...value.map(largest));
  return typeof value === "number" ? Math.abs(value) : 0;
}

/** 1e-10 relative; where a number is the small rest of large ones, a few units in the last place of the largest in its field. */
function same(actual, expected, what, scale = largest(expected)) {
  if (isList(actual) && Array.isArray(expected)) {
    const list = kept(actual);
    assert.equal(list.length, expected.length, `${what}: ${actual.length} entries`);
    list.forEach((part, i) => same(part, expected[i], `${what}[${i}]`, scale));
  } else if (expected === null) {
    assert.ok(actual === null || actual === undefined || actual === -1 || !Number.isFinite(actual), `${what}: ${actual} should be no number`);
  } else if (typeof expected === "number") {
    assert.ok(Math.abs(actual - expected) <= 1e-10 * Math.abs(expected) + 1e-15 * scale, `${what}: ${actual} is not ${expected}`);
  } else if (typeof expected === "object") {
    for (const key of Object.keys(expected)) same(actual[key], expected[key], `${what}.${key}`);
  } else assert.equal(actual, expected, what);
}

const all = [];
for (const name of names) {
  const { compute } = await import(new URL(`${name}.mjs`, numerics));
  const { data, cases } = JSON.parse(readFileSync(new URL(`${name}.json`, folder)));
  all.push(...cases);
  cases.forEach(({ state, numbers }, number) => {
    test(`${name} ${number}: ${JSON.stringify(state).replaceAll('"', "")}`, () => {
      const result = compute(state, data);
      for (const key of Object.keys(numbers)) same(result[key], numbers[key], key);
    });
  });
}

test("there are hundreds of cases: every depth and power, many that diverge, some of every script with a `compute`", () => {
  assert.ok(all.length >= 200, `${all.length} cases`);
  const values = (name) => new Set(all.map(({ state }) => state[name]));
  for (let depth = 1; depth <= 8; depth++) assert.ok(values("depth").has(depth), `depth ${depth}`);
  for (const p of [2, 3, 4, 6]) assert.ok(values("p").has(p), `p = ${p}`);
  for (const method of ["adam", "factors", "gd", "momentum", "rule"]) assert.ok(values("method").has(method), method);
  const diverged = all.filter(({ numbers }) => typeof numbers.diverged === "number");
  assert.ok(diverged.length >= all.length / 8, `${diverged.length} of ${all.length} diverge`);
  const scripts = readdirSync(numerics).filter((file) => /^export function compute\b/m.test(readFileSync(new URL(file, numerics), "utf8")));
  assert.deepEqual(scripts.map((file) => file.replace(".mjs", "")).sort(), names.sort());
});
