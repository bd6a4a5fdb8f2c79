// One number as a product w = w₁w₂⋯w_N, fitted to 1 by descent and by flow, and the memory of one step of
// descent. Mirrors `ScalarLab.compute`; the order of operations is that of the Python package, so that the
// numbers agree to the last digits.
import { chainOf } from "../numerics/chain.mjs";
import { rk4 } from "../numerics/ode.mjs";

/**
 * @import { Row } from "../types.d.ts"
 * @import { Descent, Run, State } from "./types.d.ts"
 */

/** A run is said to have settled while it is this close to the target. */
export const CLOSE = 0.01;
export const TARGET = 1;
export const BOUND = 1e3; // a run has diverged once |w| is above this, or is no number
export const FLOW_POINTS = 96;
export const FINENESS = 0.05; // of the flow's steps, in units of the shortest time on which it changes
export const REST = 1e-13; // a flow slower than this has arrived

/** @type {(x: number, count: number) => number} */
const times = (x, count) => {
  let product = 1;
  for (let i = 0; i < count; i++) product *= x;
  return product;
};

/**
 * Factors with a product: all equal but the first, which has the product's sign, with w₂² − w₁² = imbalance.
 * @type {(product: number, depth: number, imbalance: number) => Float64Array}
 */
function factorsOf(product, depth, imbalance) {
  if (depth === 1) return Float64Array.of(product);
  const square = product * product;
  const [first, rest] = [Math.max(-imbalance, 0), Math.max(imbalance, 0)];
  // Newton's method for the smaller of w₁² and w₂²: from above, on a convex function, it falls until rounding stops it.
  let x = square > 0 ? Math.max(square, 1) : 0;
  for (let before = Infinity; 0 < x && x < before;) {
    before = x;
    const [p, q] = [first + x, rest + x];
    const slope = times(q, depth - 1) + (depth - 1) * p * times(q, depth - 2);
    x = (times(q, depth - 2) * ((depth - 1) * x * p - first * q) + square) / slope;
  }
  const factors = new Float64Array(depth).fill(Math.sqrt(rest + x));
  factors[0] = product < 0 ? -Math.sqrt(first + x) : Math.sqrt(first + x);
  return factors;
}

/**
 * A chain of one-entry layers, its product in `weights[0]`, all of it but the first factor in the last entry
 * of `below`.
 * @type {(factors: Row) => import("../types.d.ts").Chain}
 */
const chainOfNumbers = (factors) => chainOf(Float64Array.from(factors), 1);

/**
 * Descent: w, and a = w/w₁ = w₂⋯w_N, before every step and at the end; the step at which it diverged, or −1.
 * @type {(factors: Row, rate: number, decay: number, steps: number) => Descent}
 */
function descend(factors, rate, decay, steps) {
  const { parameters, slopes, below, weights, forward, pullBack } = chainOfNumbers(factors);
  const g = new Float64Array(1);
  const shrink = 1 - rate * decay;
  /** @type {Descent} */
  const run = { w: [], others: [], diverged: -1 };
  const look = () => {
    forward();
    run.w.push(weights[0]);
    run.others.push(below[factors.length - 1]);
  };
  look();
  for (let t = 1; t <= steps && run.diverged < 0; t++) {
    g[0] = weights[0] - TARGET;
    pullBack(g);
    for (let j = 0; j < parameters.length; j++)
      parameters[j] = shrink * parameters[j] - rate * slopes[j];
    look();
    if (!(Math.abs(run.w[t]) <= BOUND)) run.diverged = t;
  }
  return run;
}

/**
 * Flow: w at FLOW_POINTS equal intervals up to `time`. The steps are shorter where the loss is steeper.
 * @type {(factors: Float64Array, decay: number, time: number) => number[]}
 */
function flow(factors, decay, time) {
  const size = factors.length;
  const y = Float64Array.from(factors);
  const { parameters, slopes, weights, forward, pullBack } = chainOfNumbers(factors); // where the flow looks
  const [g, slope] = [new Float64Array(1), new Float64Array(size)];
  /** @param {Float64Array} at */
  const look = (at) => {
    for (let j = 0; j < size; j++) parameters[j] = at[j];
    forward();
    return weights[0];
  };
  /** @type {(at: Float64Array, out: Float64Array) => void} */
  const velocity = (at, out) => {
    g[0] = look(at) - TARGET;
    pullBack(g);
    for (let j = 0; j < size; j++) out[j] = -decay * at[j] - slopes[j];
  };
  const move = rk4(velocity, size);
  const interval = time / FLOW_POINTS;
  const path = [look(y)];
  while (path.length <= FLOW_POINTS) {
    velocity(y, slope);
    if (slope.some((v) => Math.abs(v) > REST)) {
      g[0] = 1;
      pullBack(g);
      let pace = 1 + decay;
      for (let j = 0; j < size; j++) pace += slopes[j] * slopes[j];
      const pieces = Math.ceil((interval * pace) / FINENESS);
      for (let i = 0; i < pieces; i++) move(y, interval / pieces);
    }
    path.push(look(y));
  }
  return path;
}

/**
 * The first step from which the run stays close to the target, or −1.
 * @type {(run: Descent) => number}
 */
function settled({ w, diverged }) {
  let t = w.length;
  while (t > 0 && Math.abs(w[t - 1] - TARGET) <= CLOSE) t--;
  return t < w.length && diverged < 0 ? t : -1;
}

/**
 * The run of a lab's state. `w`, `others`: descent and the product of all factors but the first, from step 0
 * on; `rho`, `gamma`: of every step; `plain`: descent on w itself; `flow`; `step`: the step looked at,
 * `memory[tau]`: its weight μ of the gradient at τ, `leftover`: what it has of the start. `settled`,
 * `plain_settled`, `diverged`: steps, −1 for none.
 * @type {(state: State) => Run}
 */
export function compute({
  depth,
  start,
  imbalance,
  weight_decay: decay,
  learning_rate: rate,
  moment,
  time,
}) {
  const first = factorsOf(start, depth, imbalance);
  const steps = Math.max(1, Math.ceil(time / rate - 1e-9));
  const run = descend(first, rate, decay, steps);
  const plain = descend([start], rate, decay, steps);
  const a = run.others;
  const shrink = 1 - rate * decay;
  const count = a.length - 1;
  const rho = Array.from({ length: count }, (_, t) => rate * a[t] * a[t + 1]);
  const gamma = Array.from({ length: count }, (_, t) => 1 - (shrink * a[t + 1]) / a[t]);
  const step = Math.floor(moment * (count - 1) + 0.5);
  const change = shrink * a[step + 1] - a[step];
  const memory = new Array(step);
  let kept = 1;
  for (let tau = step - 1; tau >= 0; tau--) {
    memory[tau] = rate * change * kept * a[tau];
    kept *= shrink;
  }
  return {
    w: run.w,
    others: a,
    rho,
    gamma,
    plain: plain.w,
    flow: flow(first, decay, time),
    step,
    memory,
    leftover: change * kept * first[0],
    settled: settled(run),
    plain_settled: settled(plain),
    diverged: run.diverged,
  };
}
