// What GasSensorLab promises beyond its numbers: a fair search, and the largest curvature.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { compute } from "../../../code/deeplinear/explorables/gas_sensor/numerics.mjs";
import { largestEigenvalue } from "../../../code/deeplinear/explorables/gas_sensor/edge.mjs";
import { compare } from "../../../code/deeplinear/explorables/gas_sensor/search.mjs";

const { data } = JSON.parse(readFileSync(new URL("../golden/gas_sensor.json", import.meta.url)));
const state = {
  p: 4,
  depth: 2,
  learning_rate: 5e-3,
  optimizer: "gd",
  start: "near-zero",
  seed: 0,
  steps: 1500,
};

/** The result of a search, after its last piece. */
function found(question) {
  let result;
  for (result of compare(question, data));
  return result;
}

for (const question of [state, { ...state, p: 2 }, { ...state, optimizer: "adam", steps: 200 }]) {
  test(`the best rates on l${question.p} with ${question.optimizer} have worse neighbours that were tried`, () => {
    for (const [depth, { runs, best, hasty }] of Object.entries(found(question))) {
      assert.deepEqual(
        runs.map(({ k }) => k),
        runs.map((_, i) => runs[0].k + i),
        "one grid without gaps",
      );
      const at = runs.findIndex(({ k }) => k === best.k);
      assert.ok(
        at > 0 && at < runs.length - 1,
        `depth ${depth}: the best is number ${at} of ${runs.length}`,
      );
      assert.ok(runs[at - 1].loss >= best.loss && runs[at + 1].loss >= best.loss);
      assert.ok(runs.every(({ early }) => early >= hasty.early));
      const run = compute({ ...question, depth: Number(depth), learning_rate: best.rate }, data);
      assert.equal(run.distance.at(-1), best.loss);
    }
  });
}

test("a rate above one that diverges is not the best, and a run that diverges is infinitely far", () => {
  for (const { runs, best } of Object.values(found(state))) {
    const lost = runs.filter(({ diverged }) => diverged >= 0);
    assert.ok(
      lost.length > 0 && lost.every(({ loss, rate }) => loss === Infinity && rate > best.rate),
    );
  }
});

test("the largest eigenvalue is found", () => {
  assert.ok(
    Math.abs(largestEigenvalue(Float64Array.of(2, 1, 0, 1, 2, 0, 0, 0, -5), 3) - 3) < 1e-14,
  );
  assert.equal(largestEigenvalue(Float64Array.of(-4), 1), -4);
});
