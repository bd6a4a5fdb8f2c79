// What GasSensorLab shows, in a sentence.
import { short, whole } from "../drawing/numbers.mjs";
import { LIMITS } from "./numerics.mjs";

/** @import { Run, State } from "./types.d.ts" */

/** @type {Record<State["optimizer"], string>} */
export const OPTIMIZERS = {
  gd: "gradient descent",
  momentum: "momentum 0.9",
  adagrad: "AdaGrad",
  adam: "Adam",
};
export const SUDDEN = 30; // a run that diverges by then never had a chance
/** @type {(distance: number[]) => number} */
export const lowest = (distance) =>
  distance.reduce((best, value, i) => (value < distance[best] ? i : best), 0);

/** @type {(state: State, run: Run, running?: unknown) => string} */
export function sentenceOf(
  { depth, learning_rate: rate, optimizer, p },
  { steps, distance, edge, diverged },
  running,
) {
  const who = `Depth ${depth} at ${short(rate)}${optimizer === "gd" ? "" : ` with ${OPTIMIZERS[optimizer]}`}`;
  if (diverged >= 0 && diverged < SUDDEN)
    return `${who} diverges at step ${diverged}: on ℓ${p} this rate is too large from the start.`;
  const best = lowest(distance);
  if (diverged >= 0)
    return (
      `${who} is down to ${short(distance[best])} after ${whole(steps[best])} steps and diverges ` +
      `at step ${whole(diverged)}.`
    );
  const [end, t] = [distance.at(-1), whole(steps.at(-1))];
  if (running) return `${who} is at ${short(end)} after ${t} steps …`;
  if (end > 0.95 * distance[0])
    return `${who} has not left its plateau after ${t} steps: the distance is still ${short(end)}.`;
  const tenth = steps.findLastIndex((step) => step <= steps.at(-1) / 10);
  const limit = LIMITS[optimizer];
  const part = edge && limit ? edge.at(-1) / limit : 0;
  const where = !edge
    ? "."
    : part > 0.9
      ? ": its step is at the edge of stability."
      : `; its step is at ${short(100 * part, 2)} % of the edge of stability.`;
  return (
    `${who} is at ${short(distance[tenth])} after ${whole(steps[tenth])} steps and at ` +
    `${short(end)} after ${t}${where}`
  );
}
