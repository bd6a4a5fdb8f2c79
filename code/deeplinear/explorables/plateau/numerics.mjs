// A run of a network of hidden width 1 on ½‖w − y‖², from near zero or near the identity. Mirrors `PlateauLab.compute`.
import { chainOf } from "../numerics/chain.mjs";
import { optimizer } from "../numerics/optimizers.mjs";
import { waitAsItIs, waitIfBalanced } from "./wait.mjs";
import { normals } from "../numerics/normals.mjs";

/**
 * @import { Row } from "../types.d.ts"
 * @import { Run, State } from "./types.d.ts"
 */

/** Entries of the vector. */
const SIZE = 4;
/**
 * Every target has length 1, so the loss at w = 0 is ½; a network has left its plateau when its loss is half
 * of that.
 * @type {Record<State["target"], number[]>}
 */
export const TARGETS = {
  ahead: [0.5, 0.5, 0.5, 0.5],
  behind: [-0.5, 0.5, 0.5, 0.5],
  opposite: [-1, 0, 0, 0],
};
export const LEFT = 0.25;
export const REACH = 1 - Math.sqrt(0.5); // how long w is then, if it points at the target
export const DIVERGED = 1e12; // a loss this many times the first, or no number
export const SUDDEN = 80; // how many records sudden changes of the loss may add
/** A run is settled, and ends, at this loss. */
export const SETTLED = 1e-8;

/**
 * The vector and the numbers above it at step 0, in one array.
 * @type {(state: State) => Float64Array}
 */
function startOf({ depth, scale, identity, seed }) {
  return normals(seed, SIZE - 1 + depth).map((z, i) =>
    i === 0 || i >= SIZE ? identity + scale * z : scale * z,
  );
}

/**
 * When the laws expect that the loss has halved, for layers as they are and for balanced ones, in steps; −1
 * for never.
 * @type {(state: State, parameters: Float64Array, y: Float64Array) => number[]}
 */
function waitsOf({ depth, learning_rate: rate }, parameters, y) {
  const [v, s] = [parameters.subarray(0, SIZE), parameters.subarray(SIZE)];
  const size = Math.sqrt(dot(v, v)) * Math.abs(s.reduce((total, x) => total * x, 1));
  const waits = [waitAsItIs([dot(v, y), ...s], REACH), waitIfBalanced(size, REACH, depth)];
  return waits.map((wait) => (wait < 0 ? -1 : wait / rate));
}

/**
 * Records the loss and the size of every layer at every step up to 24, then about 56 times a decade, at the
 * end, and where the loss changes suddenly. `left`: the first step at which it has halved; `wait`,
 * `wait_balanced`: when the laws expect that; `flip`, `flipped`: the first step at which the product of the
 * numbers has another sign, and the layer to blame. −1 for never.
 * @type {(state: State) => Run}
 */
export function compute(state) {
  const { depth, learning_rate: rate, target, steps } = state;
  const y = Float64Array.from(TARGETS[target]);
  const chain = chainOf(startOf(state), SIZE);
  const { parameters, weights, below, forward, pullBack } = chain;
  const [wait, wait_balanced] = waitsOf(state, parameters, y);
  /** @type {number[][]} */
  const layers = Array.from({ length: depth }, () => []);
  /** @type {Run} */
  const run = {
    steps: [],
    loss: [],
    layers,
    left: -1,
    diverged: -1,
    flip: -1,
    flipped: -1,
    wait,
    wait_balanced,
  };
  const signs = Array.from(parameters, (x) => x < 0);
  const negative = signs.slice(SIZE).reduce((odd, sign) => odd !== sign, false);
  const descend = optimizer("gd", parameters, chain.slopes, rate);
  const r = new Float64Array(SIZE);
  let mark = 0;
  let sudden = SUDDEN;
  let before = 0; // the loss that was recorded last
  let ceiling = Infinity;

  /** @type {(t: number, loss: number) => void} */
  function record(t, loss) {
    before = loss;
    run.steps.push(t);
    run.loss.push(orInfinity(loss));
    layers[0].push(orInfinity(Math.sqrt(dot(parameters, parameters))));
    for (let j = 1; j < depth; j++) layers[j].push(orInfinity(Math.abs(parameters[SIZE + j - 1])));
  }

  for (let t = 0; ; t++) {
    forward();
    for (let i = 0; i < SIZE; i++) r[i] = weights[i] - y[i];
    const loss = 0.5 * dot(r, r);
    if (t === 0) ceiling = DIVERGED * loss;
    if (!(loss <= ceiling)) run.diverged = t;
    else if (run.left < 0 && loss <= LEFT) run.left = t;
    const last = t === steps || run.diverged >= 0 || loss <= SETTLED;
    const jumps = sudden > 0 && t !== mark && (loss < 0.7 * before || loss > 1.4 * before);
    if (t === mark || jumps || last) record(t, loss);
    if (jumps) sudden--;
    if (t === mark) mark = t + Math.max(1, Math.floor(t / 24));
    if (run.flip < 0 && below[depth - 1] < 0 !== negative) {
      run.flip = t;
      run.flipped = parameters.findIndex((x, i) => i >= SIZE && x < 0 !== signs[i]) - SIZE + 2;
    }
    if (last) return run;
    pullBack(r);
    descend();
  }
}

/**
 * Of the first four entries: of the vector, if these are parameters.
 * @type {(a: Row, b: Row) => number}
 */
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
/** @type {(x: number) => number} */
const orInfinity = (x) => (Number.isNaN(x) ? Infinity : x);
