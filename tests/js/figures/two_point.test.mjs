// What TwoPointLab promises: fair comparisons, knife edges, stable rates.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compare,
  search,
  COMPETITORS,
} from "../../../code/deeplinear/explorables/two_point/search.mjs";
import { compute } from "../../../code/deeplinear/explorables/two_point/numerics.mjs";
import {
  contour,
  powerOf,
  problemOf,
  slope,
  stableRate,
} from "../../../code/deeplinear/explorables/two_point/problem.mjs";

const lab = {
  p: 4,
  depth: 2,
  ratio: 100,
  scale: 0.1,
  direction: "targets",
  goal: 1e-2,
  steps: 30_000,
};

/** What a generator returns, and the last value it yields. */
function outcome(pieces) {
  for (let next = pieces.next(); ; next = pieces.next()) if (next.done) return next.value;
}
function last(pieces) {
  let value;
  for (value of pieces);
  return value;
}

function close(actual, expected, what, tolerance = 1e-10) {
  if (expected === null)
    assert.ok(!Number.isFinite(actual), `${what}: ${actual} should have overflowed`);
  else
    assert.ok(
      Math.abs(actual - expected) <= tolerance * Math.abs(expected) + 1e-300,
      `${what}: ${actual} is not ${expected}`,
    );
}

test("the fair comparison finds the published numbers of steps, each method at its own rate", () => {
  const expected = { gd: [20_365, -24], rule: [1_486, -29], factors: [754, -27] };
  const results = last(compare(lab));
  for (const method of Object.keys(expected)) {
    const { best } = results[method];
    assert.deepEqual([best.reached, best.k], expected[method]);
  }
});

test("the best rate is never at the edge of the rates that were tried", () => {
  for (const state of [
    lab,
    { ...lab, p: 2 },
    { ...lab, p: 3, depth: 3 },
    { ...lab, ratio: 10 },
    { ...lab, ratio: 1, scale: 1 },
  ]) {
    for (const method of COMPETITORS) {
      const { runs, best } = outcome(search(state, method));
      if (best)
        assert.ok(
          best.k > runs[0].k && best.k < runs.at(-1).k,
          `${method} ${JSON.stringify(state)}`,
        );
    }
  }
});

test("a sturdy rate has neighbours that do not diverge, and at p = 4 only luck is faster", () => {
  const { runs, best, sturdy } = outcome(search(lab, "factors"));
  const diverged = new Map(runs.map((run) => [run.k, run.diverged]));
  assert.ok(diverged.get(best.k - 1) >= 0 && diverged.get(best.k + 1) >= 0);
  assert.ok(diverged.get(sturdy.k - 1) < 0 && diverged.get(sturdy.k + 1) < 0);
  assert.equal(sturdy.reached, 7_539);
});

test("at p = 2 plain descent needs one step, and no depth needs fewer", () => {
  for (const depth of [1, 2, 3, 5, 8]) {
    for (const method of ["gd", "rule", "factors"]) {
      const { best } = outcome(search({ ...lab, p: 2, depth }, method));
      assert.ok(
        method === "gd" || depth === 1 ? best.reached === 1 : best.reached > 5,
        `${method}, depth ${depth}: ${best.reached}`,
      );
    }
  }
});

test("the knife edge is four percent wide, and real descent on the layers falls off it", () => {
  const rule = (factor) => compute({ ...lab, method: "rule", learning_rate: 5e-4 * factor });
  close(rule(1).w1[1], 99.8003, "w1 after one step", 1e-5);
  close(rule(1).w2[1], 0.49953, "w2 after one step", 1e-5);
  for (const factor of [0.96, 1, 1.04]) assert.equal(rule(factor).diverged, -1);
  for (const factor of [0.95, 1.05]) assert.ok(rule(factor).diverged > 0);
  assert.equal(compute({ ...lab, method: "factors", learning_rate: 5e-4 }).diverged, 2);
});

test("plain descent stays below its stable rate and diverges above it", () => {
  for (const p of [2, 3, 4, 5.5, 8]) {
    const state = { ...lab, p, depth: 1, method: "gd", steps: 3_000 };
    const stable = stableRate(state);
    assert.equal(compute({ ...state, learning_rate: 0.98 * stable }).diverged, -1);
    assert.ok(compute({ ...state, learning_rate: 1.1 * stable }).diverged > 0);
  }
});

test("slopes by multiplication are the powers they stand for", () => {
  for (const p of [2, 2.5, 3, 3.5, 4, 5, 6.5, 7.3, 8]) {
    for (const r of [-3.7, -0.2, 0, 0.9, 11])
      close(slope(r, powerOf(p)), Math.sign(r) * Math.abs(r) ** (p - 1), `p = ${p}`, 1e-14);
  }
});

test("contours lie on their level", () => {
  const problem = problemOf({ ...lab, p: 3 });
  const [w1, w2] = contour(problem, 50);
  w1.forEach((w, i) => close(problem.loss([w, w2[i]]), 50, "loss on the contour", 1e-12));
});
