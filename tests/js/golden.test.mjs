// The scripts compute what the Python package computes: golden/FIGURE.json is written by write_golden.py.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const folder = new URL("golden/", import.meta.url);
const house = new URL("../../code/deeplinear/explorables/", import.meta.url);
const figures = readdirSync(house).filter((name) => existsSync(new URL(`${name}/view.mjs`, house)));

/** Of a long list the golden files keep these. */
const kept = (list) =>
  Array.from(list).filter(
    (_, i) => list.length <= 24 || i < 6 || i % 7 === 0 || i === list.length - 1,
  );

const isList = (value) => Array.isArray(value) || ArrayBuffer.isView(value);

function largest(value) {
  if (Array.isArray(value)) return Math.max(0, ...value.map(largest));
  return typeof value === "number" ? Math.abs(value) : 0;
}

/**
 * 1e-10 relative; where a number is the small rest of large ones, a few units in the last place of the
 * largest in its field.
 */
function same(actual, expected, what, scale = largest(expected)) {
  if (isList(actual) && Array.isArray(expected)) {
    const list = kept(actual);
    assert.equal(list.length, expected.length, `${what}: ${actual.length} entries`);
    list.forEach((part, i) => same(part, expected[i], `${what}[${i}]`, scale));
  } else if (expected === null) {
    assert.ok(
      actual === null || actual === undefined || actual === -1 || !Number.isFinite(actual),
      `${what}: ${actual} should be no number`,
    );
  } else if (typeof expected === "number") {
    assert.ok(
      Math.abs(actual - expected) <= 1e-10 * Math.abs(expected) + 1e-15 * scale,
      `${what}: ${actual} is not ${expected}`,
    );
  } else if (typeof expected === "object") {
    for (const key of Object.keys(expected)) same(actual[key], expected[key], `${what}.${key}`);
  } else assert.equal(actual, expected, what);
}

const all = [];
for (const figure of figures) {
  const { compute, beside } = await import(new URL(`${figure}/numerics.mjs`, house));
  const { sentenceOf } = await import(new URL(`${figure}/sentence.mjs`, house));
  const { data, constants, cases } = JSON.parse(readFileSync(new URL(`${figure}.json`, folder)));
  all.push(...cases);
  cases.forEach(({ state, numbers, sentence }, number) => {
    test(`${figure} ${number}: ${JSON.stringify(state).replaceAll('"', "")}`, () => {
      const result = compute(state, data);
      for (const key of Object.keys(numbers)) same(result[key], numbers[key], key);
      assert.equal(sentenceOf(state, result, beside && compute(beside(state), data)), sentence);
    });
  });
  test(`${figure}: a constant that script and package both have is the same`, async () => {
    for (const file of readdirSync(new URL(`${figure}/`, house)).filter((name) =>
      name.endsWith(".mjs"),
    )) {
      const source = readFileSync(new URL(`${figure}/${file}`, house), "utf8");
      for (const [, name] of source.matchAll(/^(?:export )?const ([A-Z][A-Z_]+) = /gm)) {
        if (!(name in constants)) continue;
        assert.ok(source.includes(`\nexport const ${name} = `), `${file} keeps ${name} to itself`);
        const module = await import(new URL(`${figure}/${file}`, house));
        assert.deepEqual(
          JSON.parse(JSON.stringify(module[name])),
          constants[name],
          `${name} of ${file}`,
        );
      }
    }
  });
}

test("there are hundreds of cases, and many that diverge", () => {
  assert.ok(all.length >= 30 * figures.length - 60, `${all.length} cases`);
  const diverged = all.filter(({ numbers }) => typeof numbers.diverged === "number");
  assert.ok(diverged.length >= all.length / 8, `${diverged.length} of ${all.length} diverge`);
});
