// What BalanceDrift shows, in a sentence.
import { short } from "../drawing/numbers.mjs";

/** @import { Run, State } from "./types.d.ts" */

export const BALANCED = 1e-9; // relative to the layers: rounding is far below, a start that is off balance far above
/** @type {(x: number) => string} */
const percent = (x) => `${short(100 * x, 2)} %`;
/** @type {(x: number) => string} */
export const few = (x) => short(x, 2);
/** @type {(run: Run) => boolean} */
export const isBalanced = (run) => run.relative[0] < BALANCED;

/** @type {(state: State, run: Run) => string} */
export function sentenceOf(state, run) {
  if (run.diverged >= 0)
    return `The network diverges at step ${run.diverged}: the learning rate is too large.`;
  const ruleStep = run.rule_diverged >= 0 && `the rule diverges at step ${run.rule_diverged}`;
  const apart =
    ruleStep || `rule and network are up to ${percent(Math.max(...run.distance))} apart`;
  const [before, after] = [Math.max(...run.imbalance[0]), Math.max(...run.imbalance.at(-1))];
  const twice =
    run.drift_at_twice === null
      ? "twice the rate diverges"
      : `${few(run.drift_at_twice)} at twice the rate`;
  const drifts = `descent drifts by ${few(run.drift.at(-1))} (${twice})`;
  if (isBalanced(run)) return `From a balanced start, flow stays balanced and ${drifts}; ${apart}.`;
  if (state.weight_decay > 0) {
    const law = Math.max(...run.law.at(-1));
    return (
      `Weight decay shrinks the imbalance from ${few(before)} to ${few(after)}, flow's law says ` +
      `${few(law)}; ${apart}.`
    );
  }
  return (
    `Flow keeps the imbalance of ${few(before)}, ${percent(run.relative[0])} of the layers' ` +
    `size; ${drifts}; ${apart}.`
  );
}
