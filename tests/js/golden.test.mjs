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

let total = 0;
for (const name of names) {
  const { compute } = await import(new URL(`${name}.mjs`, numerics));
  const { data, cases } = JSON.parse(readFileSync(new URL(`${name}.json`, folder)));
  total += cases.length;
  cases.forEach(({ state, numbers }, number) => {
    test(`${name} ${number}: ${JSON.stringify(state).replaceAll('"', "")}`, () => {
      const result = compute(state, data);
      for (const key of Object.keys(numbers)) same(result[key], numbers[key], key);
    });
  });
}

test("there are hundreds of cases, and every script with a `compute` has some", () => {
  assert.ok(total >= 100 + 20 * (names.length - 1), `${total} cases`);
  const scripts = readdirSync(numerics).filter((file) => /^export function compute\b/m.test(readFileSync(new URL(file, numerics), "utf8")));
  assert.deepEqual(scripts.map((file) => file.replace(".mjs", "")).sort(), names.sort());
});
