// The work of GasSensorLab, which a worker does: a run, told of as it goes, and the fair comparison of depths.
import { bestOf, compareRates, searchRates } from "../numerics/rate_search.mjs";
import { begin, compute } from "./numerics.mjs";

/**
 * @import { Results, Tried } from "../types.d.ts"
 * @import { Attempt, Data, FoundRates, Question, Run, State } from "./types.d.ts"
 */

export const address = import.meta.url;
export const COMPETITORS = [1, 2, 3];

/**
 * A rate of the right size for an optimizer: where plain descent is about to become unstable at w = 0, or
 * what is usual.
 * @type {(state: Pick<State, "p" | "optimizer">, data: Data) => number}
 */
export function usualRate({ p, optimizer }, data) {
  if (optimizer === "adagrad") return 0.1;
  return optimizer === "adam" ? 0.01 : data.stable[p - 2];
}

/**
 * The run of a state: yields what is known of it so far.
 * @type {(state: State, data: Data) => Generator<Run, Run, void>}
 */
export function* train(state, data) {
  const { run, advance } = begin(state, data);
  while (advance(40)) yield run;
  return run;
}

/**
 * One run of the comparison: the distance at the last record within a tenth of it, `early`, and at its end, `loss`.
 * @type {(state: State, data: Data) => Attempt}
 */
function trial(state, data) {
  const { steps, distance, diverged } = compute(state, data);
  const tenth = state.steps / 10;
  const early =
    diverged >= 0 && diverged <= tenth
      ? Infinity
      : distance[steps.findLastIndex((t) => t <= tenth)];
  return { diverged, early, loss: diverged >= 0 ? Infinity : distance.at(-1) };
}

/**
 * One depth's search; besides the best at the end of the run, the `hasty` one, which is best at a tenth.
 * @type {(question: Question, depth: number, data: Data) => Generator<Tried<Attempt>, FoundRates, void>}
 */
function* search(question, depth, data) {
  /** @param {number} rate */
  const attempt = (rate) => trial({ ...question, depth, learning_rate: rate }, data);
  const found = yield* searchRates(usualRate(question, data), attempt, {
    better: (a, b) => a.loss < b.loss,
    span: 6,
    most: 48,
    cautious: true,
  });
  const hasty = found.best ? bestOf(found.runs, (a, b) => a.early < b.early) : null;
  return { ...found, hasty };
}

/**
 * All depths in turn.
 * @type {(question: Question, data: Data) => Generator<Results<Attempt, number>, void, void>}
 */
export const compare = (question, data) =>
  compareRates(COMPETITORS, (depth) => search(question, depth, data));
