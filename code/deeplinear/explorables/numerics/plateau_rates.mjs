// The fair comparison of depths from one kind of start, each at the rates of its own stretch of the grid. A worker runs this too.
import { compute, SETTLED } from "./plateau.mjs";
import { inWorker, searchRates } from "./rate_search.mjs";

/** One depth's search, around the largest stable rate of balanced layers at the target: a run reaches the goal when it settles. */
export const search = (state, depth) =>
  searchRates(2 / depth, (rate) => {
    const { steps, loss, diverged } = compute({ ...state, depth, learning_rate: rate });
    return { diverged, loss, reached: loss.at(-1) <= SETTLED ? steps.at(-1) : -1 };
  });

/** `startComparison(state, depths, report)`, off the main thread; returns a function that stops it. */
export const startComparison = inWorker(import.meta.url, search);
