// What TwoPointLab shows, in a sentence.
import { short, whole } from "../drawing/numbers.mjs";
import { METHODS } from "./names.mjs";

/** @import { Run, State } from "./types.d.ts" */

/** @type {(a: number, b: number) => string} */
const times = (a, b) => `${short(a / b, 2)} times`;

/** @type {(state: State, run: Run, plain: Run) => string} */
export function sentenceOf(state, run, plain) {
  const who = METHODS[state.method].subject(state.depth);
  const goal = `a loss of ${short(state.goal)}`;
  if (run.diverged >= 0)
    return `${who} diverges at step ${whole(run.diverged)}: the learning rate is too large.`;
  if (run.reached < 0)
    return (
      `${who} has not reached ${goal} after ${whole(run.steps.at(-1))} steps; the loss is ` +
      `${short(run.loss.at(-1))}.`
    );
  const says = `${who} reaches ${goal} after ${whole(run.reached)} step${run.reached === 1 ? "" : "s"}`;
  const plainly = "plain gradient descent at its own rate";
  if (state.method === "gd") return `${says}.`;
  if (plain.reached < 0) return `${says}; ${plainly} does not within ${whole(state.steps)}.`;
  const [a, b] = [Math.max(run.reached, 1), Math.max(plain.reached, 1)];
  const pace =
    a === b ? "as fast as" : a < b ? `${times(b, a)} faster than` : `${times(a, b)} slower than`;
  return `${says}, ${pace} ${plainly} (${whole(plain.reached)}).`;
}
