// One number as a product w = w₁w₂⋯w_N, fitted to 1 by descent and by flow, and the memory of one step of descent. Mirrors
// `ScalarLab.compute`; the order of operations is that of the Python package, so that the numbers agree to the last digits.
import { rk4 } from "./ode.mjs";

/** A run is said to have settled while it is this close to the target. */
export const CLOSE = 0.01;
const TARGET = 1;
const BOUND = 1e3; // a run has diverged once |w| is above this, or is no number
const FLOW_POINTS = 96;
const FINENESS = 0.05; // of the flow's steps, in units of the shortest time on which it changes
const REST = 1e-13; // a flow slower than this has arrived

const times = (x, count) => {
  let product = 1;
  for (let i = 0; i < count; i++) product *= x;
  return product;
};

/** Factors with a product: all equal but the first, which has the product's sign, with w₂² − w₁² = imbalance. */
export function factorsOf(product, depth, imbalance) {
  if (depth === 1) return Float64Array.of(product);
  const square = product * product;
  const [first, rest] = [Math.max(-imbalance, 0), Math.max(imbalance, 0)];
  // Newton's method for the smaller of w₁² and w₂²: from above, on a convex function, it falls until rounding stops it.
  let x = square > 0 ? Math.max(square, 1) : 0;
  for (let before = Infinity; 0 < x && x < before; ) {
    before = x;
    const [p, q] = [first + x, rest + x];
    const slope = times(q, depth - 1) + (depth - 1) * p * times(q, depth - 2);
    x = (times(q, depth - 2) * ((depth - 1) * x * p - first * q) + square) / slope;
  }
  const factors = new Float64Array(depth).fill(Math.sqrt(rest + x));
  factors[0] = product < 0 ? -Math.sqrt(first + x) : Math.sqrt(first + x);
  return factors;
}

/** The product of y[from], y[from + 1], … */
function productOf(y, from) {
  if (from === y.length) return 1;
  let product = y[from];
  for (let j = from + 1; j < y.length; j++) product = y[j] * product;
  return product;
}

/** `nabla` times the product of all factors but one, for each in turn: the gradients of the factors. */
function gradients(y, nabla, out) {
  let below = y[0];
  for (let j = 1; j < y.length; j++) {
    out[j] = below;
    below = y[j] * below;
  }
  let above = nabla;
  for (let j = y.length - 1; j > 0; j--) {
    out[j] = above * out[j];
    above = y[j] * above;
  }
  out[0] = above;
}

/** Descent: w, and a = w/w₁ = w₂⋯w_N, before every step and at the end; the step at which it diverged, or −1. */
function descend(y, rate, decay, steps) {
  const slope = new Float64Array(y.length);
  const shrink = 1 - rate * decay;
  const run = { w: [productOf(y, 0)], others: [productOf(y, 1)], diverged: -1 };
  for (let t = 1; t <= steps && run.diverged < 0; t++) {
    gradients(y, run.w[t - 1] - TARGET, slope);
    for (let j = 0; j < y.length; j++) y[j] = shrink * y[j] - rate * slope[j];
    run.w.push(productOf(y, 0));
    run.others.push(productOf(y, 1));
    if (!(Math.abs(run.w[t]) <= BOUND)) run.diverged = t;
  }
  return run;
}

/** Flow: w at FLOW_POINTS equal intervals up to `time`. The steps are shorter where the loss is steeper. */
function flow(y, decay, time) {
  const size = y.length;
  const slope = new Float64Array(size);
  const velocity = (at, out) => {
    gradients(at, productOf(at, 0) - TARGET, out);
    for (let j = 0; j < size; j++) out[j] = -decay * at[j] - out[j];
  };
  const move = rk4(velocity, size);
  const interval = time / FLOW_POINTS;
  const path = [productOf(y, 0)];
  while (path.length <= FLOW_POINTS) {
    velocity(y, slope);
    if (slope.some((v) => Math.abs(v) > REST)) {
      gradients(y, 1, slope);
      let pace = 1 + decay;
      for (let j = 0; j < size; j++) pace += slope[j] * slope[j];
      const pieces = Math.ceil((interval * pace) / FINENESS);
      for (let i = 0; i < pieces; i++) move(y, interval / pieces);
    }
    path.push(productOf(y, 0));
  }
  return path;
}

/** The first step from which the run stays close to the target, or −1. */
function settled({ w, diverged }) {
  let t = w.length;
  while (t > 0 && Math.abs(w[t - 1] - TARGET) <= CLOSE) t--;
  return t < w.length && diverged < 0 ? t : -1;
}

/**
 * The run of a lab's state. `w`, `others`: descent and the product of all factors but the first, from step 0 on; `rho`, `gamma`:
 * of every step; `plain`: descent on w itself; `flow`; `step`: the step looked at, `memory[tau]`: its weight μ of the gradient
 * at τ, `leftover`: what it has of the start. `settled`, `plain_settled`, `diverged`: steps, −1 for none.
 */
export function compute({ depth, start, imbalance, weight_decay: decay, learning_rate: rate, moment, time }) {
  const first = factorsOf(start, depth, imbalance);
  const steps = Math.max(1, Math.ceil(time / rate - 1e-9));
  const run = descend(Float64Array.from(first), rate, decay, steps);
  const plain = descend(Float64Array.of(start), rate, decay, steps);
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
    flow: flow(Float64Array.from(first), decay, time),
    step,
    memory,
    leftover: change * kept * first[0],
    settled: settled(run),
    plain_settled: settled(plain),
    diverged: run.diverged,
  };
}
