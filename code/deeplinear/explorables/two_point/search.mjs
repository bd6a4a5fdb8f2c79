// The fair comparison of the methods of TwoPointLab, each at the rates of its own stretch of the lattice. A
// worker runs this too.
import { compareRates, searchRates, sooner } from "../numerics/rate_search.mjs";
import { compute } from "./numerics.mjs";
import { stableRate } from "./problem.mjs";

/**
 * @import { Found, Results, Tried } from "../types.d.ts"
 * @import { Attempt, Method, Question } from "./types.d.ts"
 */

export const address = import.meta.url;
/** @type {Method[]} */
export const COMPETITORS = ["gd", "rule", "factors", "momentum", "adam"];
/** A run of the search has this many steps to reach the goal. */
export const SEARCH_STEPS = 200_000;

/**
 * One method's search: `reached`, `diverged` and the last `loss` of every run.
 * @type {(question: Question, method: Method) => Generator<Tried<Attempt>, Found<Attempt>, void>}
 */
export const search = (question, method) =>
  searchRates(
    stableRate({ ...question, method }),
    (rate) => {
      const { reached, diverged, loss } = compute({
        ...question,
        method,
        learning_rate: rate,
        steps: SEARCH_STEPS,
      });
      return { reached, diverged, loss: diverged >= 0 ? Infinity : loss.at(-1) };
    },
    { better: sooner },
  );

/**
 * All methods in turn.
 * @type {(question: Question) => Generator<Results<Attempt, Method>, void, void>}
 */
export const compare = (question) =>
  compareRates(COMPETITORS, (method) => search(question, method));
