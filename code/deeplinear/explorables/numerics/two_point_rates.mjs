// The fair comparison of the methods of TwoPointLab, each at the rates of its own stretch of the grid. A worker runs this file too.
import { inTurn, inWorker, SEARCH_STEPS, searchRates } from "./rate_search.mjs";
import { compute } from "./two_point.mjs";
import { stableRate } from "./two_point_problem.mjs";

/** One method's search, run by run: yields `{k, rate, reached, diverged, loss}`, returns `{best, sturdy}`. */
export const search = (state, method) =>
  searchRates(stableRate({ ...state, method }), (rate) => compute({ ...state, method, learning_rate: rate, steps: SEARCH_STEPS }));

/** All methods in turn. */
export const compare = (state, methods) => inTurn(search, state, methods);

/** Start the comparison off the main thread: `startComparison(state, methods, report)`, which returns a function that stops it. */
export const startComparison = inWorker(import.meta.url, search);
