// The fair search for a rate: on one lattice, never at the edge, no lucky hit passed off as sturdy.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compareRates,
  searchRates,
  sooner,
} from "../../code/deeplinear/explorables/numerics/rate_search.mjs";

/** A trial that gets better towards the rate 10^(k/6) of `valley`, and diverges at the places of `cliffs`. */
function landscape(valley, cliffs = () => false) {
  return (rate) => {
    const k = Math.round(6 * Math.log10(rate));
    const diverged = cliffs(k) ? 5 : -1;
    return { diverged, reached: -1, loss: diverged >= 0 ? Infinity : Math.abs(k - valley) };
  };
}

function outcome(trials) {
  for (let next = trials.next(); ; next = trials.next()) if (next.done) return next.value;
}

test("the stretch grows until the best rate has worse neighbours, on either side", () => {
  for (const valley of [-31, -9, 0, 10, 33]) {
    const { runs, best, sturdy } = outcome(searchRates(1, landscape(valley), { better: sooner }));
    assert.deepEqual([best.k, sturdy.k], [valley, valley]);
    assert.deepEqual(
      runs.map(({ k }) => k),
      runs.map((_, i) => runs[0].k + i),
      "one lattice without gaps",
    );
  }
});

test("the edge is never passed off as the best", () => {
  const { best, sturdy, runs } = outcome(
    searchRates(1, landscape(1e6), { better: sooner, most: 40 }),
  );
  assert.deepEqual([best, sturdy], [null, null]);
  assert.ok(runs.length >= 40 && runs.length < 46);
});

test("a lucky hit between failures is the best and is not sturdy; to the cautious it is not even the best", () => {
  const lucky = landscape(4, (k) => k > 1 && k !== 4);
  const bold = outcome(searchRates(1, lucky, { better: sooner }));
  assert.deepEqual([bold.best.k, bold.sturdy.k], [4, 0]);
  assert.equal(outcome(searchRates(1, lucky, { better: sooner, cautious: true })).best.k, 1);
});

test("sooner is better, whatever the loss; a run that diverges is worst", () => {
  const [soon, late] = [
    { reached: 3, diverged: -1, loss: 9 },
    { reached: 8, diverged: -1, loss: 1 },
  ];
  const [never, lost] = [
    { reached: -1, diverged: -1, loss: 0 },
    { reached: 1, diverged: 2, loss: Infinity },
  ];
  for (const [better, worse] of [
    [soon, late],
    [late, never],
    [never, lost],
    [soon, lost],
  ]) {
    assert.ok(sooner(better, worse) && !sooner(worse, better));
  }
});

test("competitors are told of run by run, and of their end", () => {
  let pieces = 0;
  let results;
  for (results of compareRates(["a", "b"], (name) =>
    searchRates(1, landscape(name === "a" ? 0 : 2), { better: sooner }),
  ))
    pieces++;
  assert.deepEqual([results.a.best.k, results.b.best.k], [0, 2]);
  assert.equal(pieces, results.a.runs.length + results.b.runs.length + 2);
});
