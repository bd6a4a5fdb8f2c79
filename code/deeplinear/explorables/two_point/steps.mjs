// One way to move the two weights each: a function without arguments that reads the gradient in `g` and moves
// `w`, both arrays.
import { chainOf } from "../numerics/chain.mjs";
import { optimizer } from "../numerics/optimizers.mjs";

/** @import { Method } from "./types.d.ts" */

/**
 * Claim 2: w ← w − η ‖w‖^(2−2/N) (g + (N−1) ⟨g,u⟩ u), with u = w/‖w‖.
 * @type {(w: Float64Array, g: Float64Array, rate: number, depth: number) => () => void}
 */
function rule(w, g, rate, depth) {
  const exponent = 2 - 2 / depth;
  return () => {
    const norm = Math.sqrt(w[0] * w[0] + w[1] * w[1]);
    const u0 = norm > 0 ? w[0] / norm : 0;
    const u1 = norm > 0 ? w[1] / norm : 0;
    const along = g[0] * u0 + g[1] * u1;
    const size = exponent === 1 ? norm : exponent === 0 ? 1 : Math.pow(norm, exponent);
    w[0] -= rate * (size * (g[0] + (depth - 1) * along * u0));
    w[1] -= rate * (size * (g[1] + (depth - 1) * along * u1));
  };
}

/**
 * Gradient descent on a vector and depth − 1 numbers, balanced at the start.
 * @type {(w: Float64Array, g: Float64Array, rate: number, depth: number) => () => void}
 */
function factors(w, g, rate, depth) {
  const norm = Math.sqrt(w[0] * w[0] + w[1] * w[1]);
  const root = norm > 0 ? Math.pow(norm, 1 / depth) : 0;
  const vector = Array.from(w, (x) => (norm > 0 ? (x / norm) * root : 0));
  const { parameters, slopes, forward, pullBack } = chainOf(
    Float64Array.of(...vector, ...Array(depth - 1).fill(root)),
    2,
    w,
  );
  const descend = optimizer("gd", parameters, slopes, rate);
  forward();
  return () => {
    pullBack(g);
    descend();
    forward();
  };
}

/**
 * The step of a method from `w`, by the gradient in `g`. Depth 1 of the rule or the factors is plain descent.
 * @type {(
 *   method: Method,
 *   w: Float64Array,
 *   g: Float64Array,
 *   rate: number,
 *   depth: number,
 * ) => () => void}
 */
export function begin(method, w, g, rate, depth) {
  if (method !== "rule" && method !== "factors") return optimizer(method, w, g, rate);
  if (depth === 1) return optimizer("gd", w, g, rate);
  return method === "rule" ? rule(w, g, rate, depth) : factors(w, g, rate, depth);
}
