// What PlateauLab shows, in a sentence.
import { short, whole } from "../drawing/numbers.mjs";
import { LEFT } from "./numerics.mjs";

/** @import { Run, State } from "./types.d.ts" */

export const FEW = 3; // fewer steps are no plateau
/** @type {(t: number) => string} */
export const steps = (t) =>
  t === Infinity ? "never" : t < 1e6 ? whole(Math.round(t)) : short(t, 2);

/** @type {(state: State, run: Run) => string} */
export function sentenceOf(state, run) {
  const who = `Depth ${state.depth}`;
  const { left, diverged, wait, flip, flipped } = run;
  const end = run.steps.at(-1);
  if (diverged >= 0) {
    if (wait > 0 && diverged > wait / 2 && diverged > 20)
      return (
        `${who} waits on its plateau and diverges as it leaves it, at step ${whole(diverged)}: a ` +
        "rate that shortens the wait is too large for what comes after."
      );
    return `${who} diverges at step ${whole(diverged)}: the learning rate is too large.`;
  }
  if (left < 0) {
    const barred = state.identity
      ? "layers of one size shrink to zero together, and none passes through it"
      : "all layers are zero, and so are all gradients";
    if (wait === Infinity)
      return (
        `${who} will never leave: ${barred}. The loss is ${short(run.loss.at(-1))} after ` +
        `${whole(end)} steps.`
      );
    if (wait < 0)
      return `${who} has not halved its loss after ${whole(end)} steps; it is ${short(run.loss.at(-1))}.`;
    return (
      `${who} is still on its plateau after ${whole(end)} steps; the law says that it leaves at ` +
      `step ${steps(wait)}.`
    );
  }
  const back =
    run.loss.at(-1) > LEFT &&
    ` But its steps are too large: at the end the loss is ${short(run.loss.at(-1))}.`;
  const turn = flip >= 0 && ` Layer ${flipped} changes its sign at step ${whole(flip)}.`;
  const after = back || turn || "";
  if (wait < FEW)
    return `${who} starts at once and has halved its loss after ${whole(left)} steps.${after}`;
  const balanced =
    run.wait_balanced > 0
      ? ` for these layers and ${steps(run.wait_balanced)} for balanced ones`
      : "";
  return `${who} leaves its plateau at step ${whole(left)}; the law says ${steps(wait)}${balanced}.${after}`;
}
