// One run, recorded at the steps that matter on a log axis. Mirrors `TwoPointLab.compute`.
import { begin } from "./steps.mjs";
import { problemOf, slope, stableRate, three } from "./problem.mjs";

/** @import { Run, State } from "./types.d.ts" */

/** A run has diverged once its loss exceeds this many times the first one, or is no number. */
export const DIVERGED = 1e12;
/** A run is settled, and ends, once its loss is this fraction of the goal. */
export const SETTLED = 1e-4;

/**
 * Run `state.method` from the start for at most `state.steps` steps. Records every step up to 24, then about
 * 56 a decade, and the last. `reached`: the first step at which the loss is at most `goal`; `diverged`: the
 * first at which it is beyond bounds; −1 for neither. The last loss of a diverged run may be Infinity.
 * @type {(state: State) => Run}
 */
export function compute(state) {
  const { method, depth, learning_rate: rate, steps, goal } = state;
  const { p, power, targets, start } = problemOf(state);
  const w = Float64Array.from(start);
  const g = new Float64Array(2);
  const step = begin(method, w, g, rate, depth);
  /** @type {Run} */
  const run = { steps: [], w1: [], w2: [], loss: [], reached: -1, diverged: -1 };
  let mark = 0;
  let ceiling = Infinity;
  for (let t = 0; ; t++) {
    const r0 = w[0] - targets[0];
    const r1 = w[1] - targets[1];
    g[0] = slope(r0, power);
    g[1] = slope(r1, power);
    const loss = (r0 * g[0] + r1 * g[1]) / p;
    if (t === 0) ceiling = DIVERGED * loss;
    if (!(loss <= ceiling)) run.diverged = t;
    else if (run.reached < 0 && loss <= goal) run.reached = t;
    const last = t === steps || run.diverged >= 0 || loss <= SETTLED * goal;
    if (t === mark || last) {
      run.steps.push(t);
      run.w1.push(w[0]);
      run.w2.push(w[1]);
      run.loss.push(Number.isNaN(loss) ? Infinity : loss);
      mark = t + Math.max(1, Math.floor(t / 24));
    }
    if (last) return run;
    step();
  }
}

/**
 * The state whose run is drawn beside: plain descent at half its stable rate, where coordinate 1 lands at once,
 * close to the best it can do.
 * @type {(state: State) => State}
 */
export function beside(state) {
  /** @type {State} */
  const own = { ...state, method: "gd" };
  return { ...own, learning_rate: three(stableRate(own) / 2) };
}
