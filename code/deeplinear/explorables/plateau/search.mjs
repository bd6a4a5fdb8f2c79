// The fair comparison of depths from one kind of start, each at the rates of its own stretch of the lattice.
// A worker runs this too.
import { compareRates, searchRates, sooner } from "../numerics/rate_search.mjs";
import { compute, SETTLED } from "./numerics.mjs";

/**
 * @import { Found, Results, Tried } from "../types.d.ts"
 * @import { Attempt, Question } from "./types.d.ts"
 */

export const address = import.meta.url;
export const COMPETITORS = [1, 2, 3, 4, 8, 16];

/**
 * One depth's search, around the largest stable rate of balanced layers at the target; a run reaches the goal
 * when it settles.
 * @type {(question: Question, depth: number) => Generator<Tried<Attempt>, Found<Attempt>, void>}
 */
export const search = (question, depth) =>
  searchRates(
    2 / depth,
    (rate) => {
      const { steps, loss, diverged } = compute({ ...question, depth, learning_rate: rate });
      const end = diverged >= 0 ? Infinity : loss.at(-1);
      return { diverged, loss: end, reached: end <= SETTLED ? steps.at(-1) : -1 };
    },
    { better: sooner },
  );

/**
 * All depths in turn.
 * @type {(question: Question) => Generator<Results<Attempt, number>, void, void>}
 */
export const compare = (question) => compareRates(COMPETITORS, (depth) => search(question, depth));
