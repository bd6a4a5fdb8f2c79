// A training run on the gas sensors in small, a few steps at a time or all at once. Mirrors `GasSensorLab.compute`: the same
// operations in the same order, since near the edge of stability the smallest rounding error grows.
import { curvature } from "./gas_sensor_edge.mjs";
import { lossAndGradient, problemOf } from "./gas_sensor_problem.mjs";
import { optimizer } from "./optimizers.mjs";
import { normals } from "./random.mjs";

const DIVERGED = 1e12; // a loss this many times the first, or no number

/** A step is stable on a quadratic while rate times curvature is below this; adaptive methods have no such number. */
export const LIMITS = { gd: 2, momentum: 3.8 };

/** The parameters at step 0: the weights of the first layer, then the one number of each further layer. */
function startOf({ depth, start, seed }, { eigenvalues, feature }) {
  const nodes = eigenvalues.length;
  return normals(1000 + seed, nodes + depth - 1).map((z, i) => 0.01 * z + (start === "identity" ? (i < nodes ? feature[i] : 1) : 0));
}

/** A run that has not begun: `run` is what is known so far, `advance(steps)` says whether there is more to come. */
export function begin(state, data) {
  const { p, depth, learning_rate: rate, steps } = state;
  const problem = problemOf(data);
  const { nodes } = problem;
  const lowest = data.optimum[p - 2];
  const parameters = startOf(state, data);
  const slopes = new Float64Array(parameters.length);
  const [w, g] = [new Float64Array(nodes), new Float64Array(nodes)];
  const below = new Float64Array(depth); // products of the numbers up to each
  const move = optimizer(state.optimizer, parameters, slopes, rate);
  const edged = state.optimizer in LIMITS;
  const run = { steps: [], distance: [], edge: edged ? [] : null, diverged: -1 };
  let [t, mark, ceiling] = [0, 0, Infinity];

  function step() {
    let product = 1;
    for (let j = 0; j < depth - 1; j++) {
      below[j] = product;
      product *= parameters[nodes + j];
    }
    for (let i = 0; i < nodes; i++) w[i] = product * parameters[i];
    const loss = lossAndGradient(problem, p, w, g);
    if (t === 0) ceiling = DIVERGED * loss;
    if (!(loss <= ceiling)) run.diverged = t;
    const last = t === steps || run.diverged >= 0;
    if (t === mark || last) {
      run.steps.push(t);
      run.distance.push(Number.isNaN(loss) ? Infinity : loss - lowest);
      if (edged) run.edge.push(run.diverged >= 0 ? Infinity : rate * curvature(problem, p, parameters, g));
      mark = t + Math.max(1, Math.floor(t / 16));
    }
    if (last) return false;
    let along = 0;
    for (let i = 0; i < nodes; i++) {
      along += g[i] * parameters[i];
      slopes[i] = product * g[i];
    }
    let above = 1;
    for (let j = depth - 2; j >= 0; j--) {
      slopes[nodes + j] = along * (below[j] * above);
      above *= parameters[nodes + j];
    }
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
 * The whole run, recorded at every step up to 16, then about 37 times a decade, and at its end: the distance mean |r|^p − optimum;
 * `edge`, the rate times the largest curvature in the layers, null for adaptive methods; `diverged`, −1 if it does not.
 */
export function compute(state, data) {
  const { run, advance } = begin(state, data);
  advance(Infinity);
  return run;
}
