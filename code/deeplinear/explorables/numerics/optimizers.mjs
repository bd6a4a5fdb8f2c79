// Optimizers on one array of parameters, element by element. The order of operations is that of
// `deeplinear.optimizers`.

/** @import { Method } from "../types.d.ts" */

const SPLITTER = 134217729; // 2^27 + 1: halves of a number whose products are exact

/** @type {(x: number) => [number, number]} */
function halves(x) {
  const big = SPLITTER * x;
  const high = big - (big - x);
  return [high, x - high];
}

/**
 * A function that takes its array `power`, [1, 0] at first, from b^t to b^(t+1), rounded right, and what
 * rounding has cut off: `Math.pow` may miss the last digit, in which 1 − b^t is large.
 * @type {(b: number, power: Float64Array) => () => void}
 */
function powersOf(b, power) {
  const [bHigh, bLow] = halves(b);
  return () => {
    if (power[0] < 1e-17) return; // 1 − b^t is 1 from here on
    const big = SPLITTER * power[0];
    const high = big - (big - power[0]);
    const low = power[0] - high;
    const product = power[0] * b;
    const lost = low * bLow - (product - high * bHigh - low * bHigh - high * bLow);
    const rest = power[1] * b + lost;
    power[0] = product + rest;
    power[1] = rest - (power[0] - product);
  };
}

/**
 * Each makes, of the parameters `w`, their gradient `g` and a rate, a function that moves `w` in place by
 * what is in `g`.
 * @satisfies {Record<string, Method>}
 */
const METHODS = {
  gd: (w, g, eta) => () => {
    for (let i = 0; i < w.length; i++) w[i] -= eta * g[i];
  },

  momentum(w, g, eta) {
    const m = new Float64Array(w.length);
    return () => {
      for (let i = 0; i < w.length; i++) {
        m[i] = 0.9 * m[i] - eta * g[i];
        w[i] += m[i];
      }
    };
  },

  adagrad(w, g, eta) {
    const squares = new Float64Array(w.length).fill(0.1);
    return () => {
      for (let i = 0; i < w.length; i++) {
        squares[i] += g[i] * g[i];
        w[i] -= (eta * g[i]) / Math.sqrt(squares[i] + 1e-7);
      }
    };
  },

  /** With Keras's constants and its place for ε. */
  adam(w, g, eta) {
    const first = new Float64Array(w.length);
    const second = new Float64Array(w.length);
    const [a, b] = [Float64Array.of(1, 0), Float64Array.of(1, 0)];
    const [growA, growB] = [powersOf(0.9, a), powersOf(0.999, b)];
    return () => {
      growA();
      growB();
      const rate = eta * (Math.sqrt(1 - b[0]) / (1 - a[0]));
      for (let i = 0; i < w.length; i++) {
        first[i] += (1 - 0.9) * (g[i] - first[i]);
        second[i] += (1 - 0.999) * (g[i] * g[i] - second[i]);
        w[i] -= (first[i] * rate) / (Math.sqrt(second[i]) + 1e-7);
      }
    };
  },
};

/**
 * The step of the optimizer `name`: a function without arguments that moves `w` by the gradient in `g`,
 * arrays that stay.
 * @type {(name: keyof typeof METHODS, w: Float64Array, g: Float64Array, rate: number) => () => void}
 */
export const optimizer = (name, w, g, rate) => METHODS[name](w, g, rate);
