// A deep linear network under gradient descent: its imbalance against the flow's law, its product against the
// end-to-end rule. Mirrors `BalanceDrift.compute`.
import { EndToEndRule } from "../numerics/end_to_end.mjs";
import {
  Network,
  balanced,
  identity,
  imbalance,
  imbalanceRoom,
  random,
  sizesOf,
} from "../numerics/factors.mjs";
import { matrix, norm } from "../numerics/linear_algebra.mjs";
import { normals } from "../numerics/normals.mjs";

/**
 * @import { Imbalance, Matrix } from "../types.d.ts"
 * @import { Run, State } from "./types.d.ts"
 */

/** How long a run lasts, in units of η·steps. */
export const TIME = 4;
/** A run has diverged once its loss exceeds this many times the first one, or is no number. */
export const DIVERGED = 1e6;
/** What is below this part of the layers' own size is rounding. */
export const ROUNDING = 1e-14;
export const MARKS = 48;
export const OUTPUTS = 4;
export const INPUTS = 5;
const STRENGTHS = [2, 1.5, 1, 0.5];

/**
 * The map that is learned: U diag(2, 1.5, 1, 0.5) Vᵀ, with the reflections in the diagonals of output and
 * input space as U and V.
 */
const TARGET = matrix(OUTPUTS, INPUTS);
for (let i = 0; i < OUTPUTS; i++) {
  for (let j = 0; j < INPUTS; j++) {
    let sum = 0;
    for (let r = 0; r < OUTPUTS; r++)
      sum += ((i === r ? 1 : 0) - 0.5) * STRENGTHS[r] * ((r === j ? 1 : 0) - 0.4);
    TARGET.data[i * INPUTS + j] = sum;
  }
}

/** @type {(state: State) => Matrix[]} */
function startFactors({ depth, width, start, seed }) {
  const sizes = sizesOf(INPUTS, OUTPUTS, depth, width);
  if (start === "balanced")
    return balanced(
      matrix(
        OUTPUTS,
        INPUTS,
        normals(seed, OUTPUTS * INPUTS).map((z) => 0.3 * z),
      ),
      depth,
      width,
    );
  if (start === "identity") return identity(sizes);
  return random(
    sizes,
    start === "near-zero" ? () => 0.1 : (rows, columns) => Math.sqrt(2 / (rows + columns)),
    seed,
  );
}

/** @type {(gradient: Matrix) => number} */
const lossOf = (gradient) => 0.5 * norm(gradient) ** 2;

/** @type {(W: Matrix, out: Matrix) => Matrix} */
function gradientAt(W, out) {
  for (let i = 0; i < W.data.length; i++) out.data[i] = W.data[i] - TARGET.data[i];
  return out;
}

/**
 * What is no number has overflowed.
 * @type {(x: number) => number}
 */
const finite = (x) => (Number.isNaN(x) ? Infinity : x);

/**
 * The imbalance of layers: sizes ‖D_j‖, their largest distance from `e^(−2λt) D_j(0)`, both no less than rounding.
 * @type {(
 *   layers: Matrix[],
 *   first: Matrix[],
 *   decayed: number,
 *   room?: Imbalance,
 * ) => { sizes: number[], drift: number, relative: number }}
 */
function measure(layers, first, decayed, room) {
  const { gaps, largest } = imbalance(layers, room);
  const floor = ROUNDING * largest;
  const sizes = gaps.map((D) => Math.max(norm(D), floor));
  const drift = Math.max(floor, ...gaps.map((D, j) => norm(D, first[j], decayed)));
  return {
    sizes: sizes.map(finite),
    drift: finite(drift),
    relative: finite(Math.max(...sizes) / largest),
  };
}

/**
 * The drift at the end of a run; null if it diverges.
 * @type {(state: State, first: Matrix[]) => number | null}
 */
function finalDrift(state, first) {
  const { learning_rate: rate, weight_decay: decay } = state;
  const network = new Network(startFactors(state));
  const gradient = matrix(OUTPUTS, INPUTS);
  const steps = Math.floor(TIME / rate + 0.5);
  let ceiling = Infinity;
  for (let t = 0; ; t++) {
    const loss = lossOf(gradientAt(network.product(), gradient));
    if (t === 0) ceiling = DIVERGED * loss;
    if (!(loss <= ceiling)) return null;
    if (t === steps) return measure(network.layers, first, Math.exp(-2 * decay * rate * t)).drift;
    network.step(gradient, rate, decay);
  }
}

/**
 * The run of a state: `steps` and `time` of its marks; at each mark `imbalance` ‖D_j‖ and `law`, what the
 * flow makes of it, for every j; their `drift` apart; `relative` imbalance; `loss` of network and rule and
 * the relative `distance` of their products. `diverged` and `rule_diverged` are steps, −1 for never.
 * `drift_at_twice` is the last drift at twice the rate.
 * @type {(state: State) => Run}
 */
export function compute(state) {
  const { depth, learning_rate: rate, weight_decay: decay } = state;
  const network = new Network(startFactors(state));
  const { gaps: first, largest } = imbalance(network.layers);
  const firstSizes = first.map((D) => norm(D));
  const room = imbalanceRoom(network.layers);
  const rule = new EndToEndRule(network.product(), depth);
  const [gradient, ruleGradient] = [matrix(OUTPUTS, INPUTS), matrix(OUTPUTS, INPUTS)];
  const steps = Math.floor(TIME / rate + 0.5);
  const every = Math.ceil(steps / MARKS);
  /** @type {Omit<Run, "drift_at_twice">} */
  const run = {
    steps: [],
    time: [],
    imbalance: [],
    law: [],
    drift: [],
    relative: [],
    loss: [],
    rule_loss: [],
    distance: [],
    diverged: -1,
    rule_diverged: -1,
  };
  let ceiling = Infinity;
  for (let t = 0; ; t++) {
    const product = network.product();
    let loss = lossOf(gradientAt(product, gradient));
    if (t === 0) ceiling = DIVERGED * loss;
    if (!(loss <= ceiling)) [run.diverged, loss] = [t, Infinity];
    let ruleLoss = Infinity;
    if (run.rule_diverged < 0) {
      ruleLoss = lossOf(gradientAt(rule.W, ruleGradient));
      if (!(ruleLoss <= ceiling)) [run.rule_diverged, ruleLoss] = [t, Infinity];
    }
    const last = t === steps || run.diverged >= 0;
    if (t % every === 0 || last) {
      const decayed = Math.exp(-2 * decay * rate * t);
      const { sizes, drift, relative } = measure(network.layers, first, decayed, room);
      run.steps.push(t);
      run.time.push(rate * t);
      run.imbalance.push(sizes);
      run.law.push(firstSizes.map((size) => Math.max(decayed * size, ROUNDING * largest)));
      run.drift.push(drift);
      run.relative.push(relative);
      run.loss.push(loss);
      run.rule_loss.push(ruleLoss);
      run.distance.push(
        run.rule_diverged < 0 ? finite(norm(product, rule.W) / norm(product)) : Infinity,
      );
    }
    if (last) break;
    network.step(gradient, rate, decay);
    if (run.rule_diverged < 0) rule.step(ruleGradient, rate, decay);
  }
  return {
    ...run,
    drift_at_twice:
      run.diverged < 0 ? finalDrift({ ...state, learning_rate: 2 * rate }, first) : null,
  };
}
