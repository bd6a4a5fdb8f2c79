// A training run on the gas sensors in small, a few steps at a time or all at once. Mirrors
// `GasSensorLab.compute`: the same operations in the same order, since near the edge of stability the
// smallest rounding error grows.
import { curvature } from "./edge.mjs";
import { lossAndGradient, problemOf } from "./problem.mjs";
import { chainOf } from "../numerics/chain.mjs";
import { optimizer } from "../numerics/optimizers.mjs";
import { normals } from "../numerics/normals.mjs";

/** @import { Data, Run, State } from "./types.d.ts" */

export const DIVERGED = 1e12; // a loss this many times the first, or no number

/**
 * A step is stable on a quadratic while rate times curvature is below this; adaptive methods have no such number.
 * @type {Partial<Record<State["optimizer"], number>>}
 */
export const LIMITS = { gd: 2, momentum: 3.8 };

/**
 * The parameters at step 0: the weights of the first layer, then the one number of each further layer.
 * @type {(state: State, data: Data) => Float64Array}
 */
function startOf({ depth, start, seed }, { eigenvalues, feature }) {
  const nodes = eigenvalues.length;
  return normals(1000 + seed, nodes + depth - 1).map(
    (z, i) => 0.01 * z + (start === "identity" ? (i < nodes ? feature[i] : 1) : 0),
  );
}

/**
 * A run that has not begun: `run` is what is known so far, `advance(steps)` says whether there is more to come.
 * @type {(state: State, data: Data) => { run: Run, advance(count: number): boolean }}
 */
export function begin(state, data) {
  const { p, learning_rate: rate, steps } = state;
  const problem = problemOf(data);
  const lowest = data.optimum[p - 2];
  const chain = chainOf(startOf(state, data), problem.nodes);
  const g = new Float64Array(problem.nodes);
  const move = optimizer(state.optimizer, chain.parameters, chain.slopes, rate);
  /** @type {Run} */
  const run = {
    steps: [],
    distance: [],
    edge: state.optimizer in LIMITS ? [] : null,
    diverged: -1,
  };
  let [t, mark, ceiling] = [0, 0, Infinity];

  /** @param {number} loss */
  function record(loss) {
    run.steps.push(t);
    run.distance.push(Number.isNaN(loss) ? Infinity : loss - lowest);
    run.edge?.push(
      run.diverged >= 0 ? Infinity : rate * curvature(problem, p, chain.parameters, g),
    );
    mark = t + Math.max(1, Math.floor(t / 16));
  }

  function step() {
    chain.forward();
    const loss = lossAndGradient(problem, p, chain.weights, g);
    if (t === 0) ceiling = DIVERGED * loss;
    if (!(loss <= ceiling)) run.diverged = t;
    const last = t === steps || run.diverged >= 0;
    if (t === mark || last) record(loss);
    if (last) return false;
    chain.pullBack(g);
    move();
    t += 1;
    return true;
  }

  return {
    run,
    advance(count) {
      for (let i = 0; i < count; i++) if (!step()) return false;
      return true;
    },
  };
}

/**
 * The whole run, recorded at every step up to 16, then about 37 times a decade, and at its end: the distance
 * mean |r|^p − optimum; `edge`, the rate times the largest curvature in the layers, null for adaptive
 * methods; `diverged`, −1 if it does not.
 * @type {(state: State, data: Data) => Run}
 */
export function compute(state, data) {
  const { run, advance } = begin(state, data);
  advance(Infinity);
  return run;
}
