// The two-point problem, L(w) = (|w1 − y1|^p + |w2 − y2|^p)/p, and where its runs start. Mirrors
// `deeplinear.problems.TwoPoint`.

/**
 * @import { Row } from "../types.d.ts"
 * @import { Power, Problem, State } from "./types.d.ts"
 */

/**
 * How to raise to the power p − 1: `whole` products and perhaps a root, or, for other powers, the slow general way.
 * @type {(p: number) => Power}
 */
export function powerOf(p) {
  const whole = Math.floor(p - 1);
  const rest = p - 1 - whole;
  return { p, whole, half: rest === 0.5, general: rest !== 0 && rest !== 0.5 };
}

/**
 * sign(r)|r|^(p−1), the slope of |r|^p/p. One plain function, so that a loop over many steps makes no numbers
 * on the heap.
 * @type {(r: number, power: Power) => number}
 */
export function slope(r, power) {
  if (power.p === 4) return r * r * r;
  const size = r < 0 ? -r : r;
  let value = power.half ? Math.sqrt(size) : 1;
  if (power.general) value = Math.pow(size, power.p - 1);
  else for (let i = 0; i < power.whole; i++) value *= size;
  return r < 0 ? -value : value;
}

/**
 * The problem of a lab's state: targets (ratio, 1), and the first weights, proportional to them or equal.
 * @type {(state: Pick<State, "p" | "ratio" | "scale" | "direction">) => Problem}
 */
export function problemOf({ p, ratio, scale, direction }) {
  const power = powerOf(p);
  const start = direction === "targets" ? [scale, scale / ratio] : [scale, scale];
  /** @param {ArrayLike<number>} w */
  const loss = (w) =>
    ((w[0] - ratio) * slope(w[0] - ratio, power) + (w[1] - 1) * slope(w[1] - 1, power)) / p;
  return { p, power, targets: [ratio, 1], start, loss };
}

/**
 * The rate at which a method is about to become unstable on its way along coordinate 1: 2/max_s N s^(2−2/N)
 * (y1 − s)^(p−2), for s from 0 to y1. At depth 1 it is exactly the rate above which plain descent diverges.
 * Adam's is a third of the way.
 * @type {(state: Pick<State, "p" | "ratio" | "scale" | "method" | "depth">) => number}
 */
export function stableRate({ p, ratio, scale, method, depth }) {
  if (method === "adam") return ratio / 3;
  const N = method === "rule" || method === "factors" ? depth : 1;
  const y = Math.max(N === 1 ? Math.abs(ratio - scale) : ratio, 1e-3);
  const a = 2 - 2 / N;
  const s = a + p > 2 ? (y * a) / (a + p - 2) : 0;
  return 2 / (N * Math.pow(s, a) * Math.pow(y - s, p - 2));
}

const POINTS = 60;
/** The curve |x|^p + |y|^p = 1, the last one that was asked for. */
const unit = { p: 0, xs: new Float64Array(POINTS), ys: new Float64Array(POINTS) };

/** @type {(p: number) => { xs: Float64Array, ys: Float64Array }} */
function unitCurve(p) {
  if (unit.p === p) return unit;
  /** @param {number} x */
  const power = (x) => Math.sign(x) * Math.pow(Math.abs(x), 2 / p);
  for (let i = 0; i < POINTS; i++) {
    const angle = (2 * Math.PI * i) / POINTS;
    unit.xs[i] = power(Math.cos(angle));
    unit.ys[i] = power(Math.sin(angle));
  }
  unit.p = p;
  return unit;
}

/**
 * The level set of the loss around the targets, |Δ1|^p + |Δ2|^p = p·level, as a closed curve of [w1s, w2s].
 * @type {(problem: Problem, level: number) => [Float64Array, Float64Array]}
 */
export function contour({ p, targets }, level) {
  const radius = Math.pow(p * level, 1 / p);
  const { xs, ys } = unitCurve(p);
  return [xs.map((x) => targets[0] + radius * x), ys.map((y) => targets[1] + radius * y)];
}

/**
 * Three digits of a rate.
 * @type {(x: number) => number}
 */
export const three = (x) => Number(x.toPrecision(3));
