// What ScalarLab shows, in a sentence.
import { short, whole } from "../drawing/numbers.mjs";

/** @import { Run, State } from "./types.d.ts" */

/** @type {(numbers: number[]) => number} */
export const sum = (numbers) => numbers.reduce((total, x) => total + x, 0);
/** A memory below this multiple of η is not worth a word. */
export const FAINT = 1e-3;

/** @type {(state: State, run: Run) => string} */
export function ending(state, run) {
  const { depth, start, weight_decay: decay, learning_rate: rate } = state;
  const who = depth === 1 ? "Plain descent" : `Depth ${depth}`;
  const [before, last] = run.w.slice(-2);
  if (run.diverged >= 0)
    return `${who} diverges at step ${whole(run.diverged)}: the learning rate is too large.`;
  if (run.settled >= 0) {
    const plain = run.plain_settled >= 0 ? `at step ${whole(run.plain_settled)}` : "not at all";
    return `${who} settles at step ${whole(run.settled)}${depth === 1 ? "." : `, plain descent ${plain}.`}`;
  }
  if (start === 0 && last === 0) return `${who} does not move: at 0 no factor has a gradient.`;
  if (start < 0 && last <= 0)
    return `${who} does not get past zero: it ends at w = ${short(last)}.`;
  if (decay > 0 && last < 1 && Math.abs(last - before) < 1e-4 * rate)
    return `${who} ends at w = ${short(last)}: weight decay pulls below the target.`;
  if (Math.abs(last - 1) > Math.abs(start - 1))
    return `${who} ends farther from the target than it began, at w = ${short(last)}.`;
  if ((last - 1) * (before - 1) < 0)
    return `${who} still swings around the target, w = ${short(last)}.`;
  return `${who} ends at w = ${short(last)}.`;
}

/**
 * What a step remembers.
 * @type {(state: State, run: Run) => string}
 */
function memoryInWords({ learning_rate: rate }, { step, rho, memory }) {
  const total = sum(memory) / rate;
  const head = `In step ${whole(step)} the present gradient counts ${short(rho[step] / rate, 2)} η`;
  if (!(Math.abs(total) >= FAINT)) return `${head}, past ones almost nothing.`;
  return `${head}, all past ones together ${short(total, 2)} η: ${total > 0 ? "momentum" : "a brake"}.`;
}

/** @type {(state: State, run: Run) => string} */
export function sentenceOf(state, run) {
  return run.diverged < 0
    ? `${ending(state, run)} ${memoryInWords(state, run)}`
    : ending(state, run);
}
