// What PreconditionerLens shows, in a sentence.
import { short } from "../drawing/numbers.mjs";
import { PLANES } from "./numerics.mjs";

/** @import { Run, State } from "./types.d.ts" */

/** @type {(at: number[]) => string} */
export const index = ([r, s]) => `${r + 1}${s + 1}`;
/** @type {(digits: string) => string} */
const low = (digits) => [...digits].map((digit) => "₀₁₂"[Number(digit)]).join("");
/** @type {(at: number[]) => string} */
export const eigenvalueName = (at) => `λ${low(index(at))}`;
/** @type {(at: number[]) => string} */
export const vectorName = ([r, s]) => `u${low(`${r + 1}`)}v${low(`${s + 1}`)}ᵀ`;

/** @type {(state: State, run: Run) => string} */
export function sentenceOf(
  { depth, plane, sigma_1, sigma_2 },
  { axes, before, amplification, turned },
) {
  if (depth === 1) return "One layer: P is the identity, and every gradient stays as it is.";
  if (sigma_1 === 0 && sigma_2 === 0)
    return `At W = 0 every eigenvalue of depth ${depth} is 0: whatever the gradient, nothing moves.`;
  const names = PLANES[plane].map(vectorName);
  const [a, b] = PLANES[plane].map((at, i) => `${eigenvalueName(at)} = ${short(axes[i])}`);
  if (turned === null)
    return (
      `W has nothing along ${names[axes[0] === 0 && before[0] !== 0 ? 0 : 1]}, and depth ${depth} ` +
      "cannot start it: P∇ = 0."
    );
  const longer = `Depth ${depth} makes the gradient ${short(amplification)} times as long`;
  if (axes[0] === 0 || axes[1] === 0)
    return (
      `${longer}. Nothing is left along ${names[axes[0] === 0 ? 0 : 1]}, which W does not have ` +
      `(${a}, ${b}).`
    );
  if (turned === 0) {
    const equal = before[0] !== 0 && before[1] !== 0;
    return (
      `${longer} and does not turn it: ` +
      `${equal ? "both eigenvalues are equal, the circle stays a circle" : "it is an eigenvector of P"} ` +
      `(${a}, ${b}).`
    );
  }
  const both =
    plane === "11-12"
      ? `${a} is ${short(axes[0] / axes[1])} times ${b}; N = ${depth} times is the most`
      : `${a}, ${b}`;
  return `${longer} and turns it by ${short(turned)}° towards ${names[axes[0] > axes[1] ? 0 : 1]} (${both}).`;
}
