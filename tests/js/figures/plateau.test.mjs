// What PlateauLab promises: fair comparisons of depths, and a wait that the law knows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compute } from "../../../code/deeplinear/explorables/plateau/numerics.mjs";
import { COMPETITORS, search } from "../../../code/deeplinear/explorables/plateau/search.mjs";
import { waitAsItIs, waitIfBalanced } from "../../../code/deeplinear/explorables/plateau/wait.mjs";

const lab = {
  depth: 4,
  learning_rate: 0.2,
  scale: 0.1,
  identity: 0,
  target: "ahead",
  seed: 62,
  steps: 10_000,
};

/** What the search of each depth returns. */
function results(state) {
  const outcome = (trials) => {
    for (let next = trials.next(); ; next = trials.next()) if (next.done) return next.value;
  };
  return new Map(
    COMPETITORS.filter((depth) => depth <= 8).map((depth) => [
      depth,
      outcome(search(state, depth)),
    ]),
  );
}

test("the best rate is never at the edge of the rates that were tried", () => {
  for (const state of [
    lab,
    { ...lab, identity: 1 },
    { ...lab, identity: 1, scale: 0.01, target: "opposite" },
  ]) {
    for (const [depth, { best, runs }] of results(state)) {
      if (best) assert.ok(best.k > runs[0].k && best.k < runs.at(-1).k, `depth ${depth}`);
    }
  }
});

test("near zero each layer costs more steps at its best rate; from the identity all settle", () => {
  const near = results(lab);
  const steps = [1, 2, 3, 4].map((depth) => near.get(depth).sturdy.reached);
  assert.deepEqual(
    steps,
    [...steps].sort((a, b) => a - b),
  );
  assert.equal(steps[0], 1);
  assert.ok(!(near.get(8).best?.reached >= 0));
  for (const [depth, { sturdy }] of results({ ...lab, identity: 1 }))
    assert.ok(sturdy.reached >= 0 && sturdy.reached < 100, `depth ${depth}`);
});

test("a best rate, run in the figure, needs the steps that the table says", () => {
  for (const [depth, { best }] of results({ ...lab, identity: 1 })) {
    const run = compute({ ...lab, identity: 1, depth, learning_rate: best.rate });
    assert.equal(run.steps.at(-1), best.reached);
  }
});

test("the laws agree for equal layers, and the wait is in steps of the rate", () => {
  for (const depth of [2, 3, 5, 16]) {
    const [uneven, even] = [
      waitAsItIs(Array(depth).fill(0.5), 0.9),
      waitIfBalanced(0.5 ** depth, 0.9, depth),
    ];
    assert.ok(Math.abs(uneven / even - 1) < 1e-6, `depth ${depth}`);
  }
  assert.equal(
    compute({ ...lab, learning_rate: 0.1, steps: 1 }).wait,
    2 * compute({ ...lab, steps: 1 }).wait,
  );
});
