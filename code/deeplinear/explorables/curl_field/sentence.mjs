// What CurlField shows, in a sentence.
import { short } from "../drawing/numbers.mjs";

/** @import { Run, State } from "./types.d.ts" */

/** @type {(amount: number) => string} */
const gain = (amount) =>
  amount > 0 ? `gained ${short(amount)}` : amount < 0 ? `lost ${short(-amount)}` : "gained nothing";

/** @type {(state: State, run: Run) => string} */
export function sentenceOf({ loss, depth: N, progress }, run) {
  if (progress < 100)
    return (
      `At depth ${short(N)} the walk has ${gain(run.gained)} after ${short(progress)} % of the ` +
      `way; a whole round has ${gain(run.total)}.`
    );
  const after = `At depth ${short(N)} the walk has ${gain(run.total)} after one round`;
  if (run.total === 0) {
    if (run.curl.some((curl) => curl !== 0))
      return `${after}, but only because the colours inside cancel. F has curl: narrow the arcs to see it.`;
    const why =
      loss === "homogeneous"
        ? ", as for every loss of degree 2/N"
        : N === 1
          ? ": F is ∇L itself"
          : "";
    return `${after}, to 12 digits, and F has no curl anywhere. It is a gradient${why}.`;
  }
  if (loss === "constant")
    return (
      `${after}: F is not the gradient of ` +
      `anything.${N < 2 ? " Between depths 1 and 2 the factor (N − 1)(N − 2) is negative." : ""}`
    );
  const constant = run.constant ?? 0;
  const all = Math.abs(run.total - constant) < 1e-9 * Math.abs(run.total);
  return (
    `${after}: F is not the gradient of anything. ` +
    `${all ? "All of it comes from the slope at 0" : `The slope at 0 alone would have ${gain(constant)}`}.`
  );
}
