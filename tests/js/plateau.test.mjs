// What PlateauLab promises: fair comparisons of depths, and a wait that the law knows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compute } from "../../code/deeplinear/explorables/numerics/plateau.mjs";
import { search } from "../../code/deeplinear/explorables/numerics/plateau_rates.mjs";
import { waitAsItIs, waitIfBalanced } from "../../code/deeplinear/explorables/numerics/plateau_wait.mjs";
import { inTurn, inWorker } from "../../code/deeplinear/explorables/numerics/rate_search.mjs";

const lab = { depth: 4, learning_rate: 0.2, scale: 0.1, identity: 0, target: "ahead", seed: 62, steps: 10_000 };
const DEPTHS = [1, 2, 3, 4, 8];

function results(state) {
  const found = new Map(DEPTHS.map((depth) => [depth, { rates: [] }]));
  for (const { method, run, ...result } of inTurn(search, state, DEPTHS)) {
    if (run) found.get(method).rates.push(run.k);
    else Object.assign(found.get(method), result);
  }
  return found;
}

test("the best rate is never at the edge of the rates that were tried", () => {
  for (const state of [lab, { ...lab, identity: 1 }, { ...lab, identity: 1, scale: 0.01, target: "opposite" }]) {
    for (const [depth, { best, rates }] of results(state)) {
      if (best) assert.ok(best.k > Math.min(...rates) && best.k < Math.max(...rates), `depth ${depth}`);
    }
  }
});

test("near zero each layer costs more steps at its best rate, and depth 8 finds none; from the identity all settle", () => {
  const near = results(lab);
  const steps = [1, 2, 3, 4].map((depth) => near.get(depth).sturdy.reached);
  assert.deepEqual(steps, [...steps].sort((a, b) => a - b));
  assert.equal(steps[0], 1);
  assert.ok(!(near.get(8).best?.reached >= 0));
  for (const [depth, { sturdy }] of results({ ...lab, identity: 1 })) assert.ok(sturdy.reached >= 0 && sturdy.reached < 100, `depth ${depth}`);
});

test("a best rate, run in the figure, needs the steps that the table says", () => {
  for (const [depth, { best }] of results({ ...lab, identity: 1 })) {
    const run = compute({ ...lab, identity: 1, depth, learning_rate: best.rate });
    assert.equal(run.steps.at(-1), best.reached);
  }
});

test("the laws agree for equal layers, and the wait is in steps of the rate", () => {
  for (const depth of [2, 3, 5, 16]) {
    const [uneven, even] = [waitAsItIs(Array(depth).fill(0.5), 0.9), waitIfBalanced(0.5 ** depth, 0.9, depth)];
    assert.ok(Math.abs(uneven / even - 1) < 1e-6, `depth ${depth}`);
  }
  assert.equal(compute({ ...lab, learning_rate: 0.1, steps: 1 }).wait, 2 * compute({ ...lab, steps: 1 }).wait);
});

test("without workers the search goes on in slices, and can be stopped", async () => {
  const question = [{ ...lab, identity: 1, steps: 200 }, [1, 2]];
  const start = inWorker("data:,", search);
  const saved = globalThis.Worker;
  globalThis.Worker = undefined;
  try {
    const pieces = await new Promise((done) => {
      const all = [];
      start(...question, (piece) => (all.push(piece), piece.done && done(all)));
    });
    const both = pieces.filter(({ best }) => best);
    assert.deepEqual(both.map(({ method }) => method), [1, 2]);
    let count = 0;
    const stop = start(...question, () => (count += 1));
    stop();
    await new Promise((done) => setTimeout(done, 50));
    assert.equal(count, 1);
  } finally {
    globalThis.Worker = saved;
  }
});
