// A run of a network of hidden width 1 on ½‖w − y‖², from near zero or near the identity. Mirrors `PlateauLab.compute`.
import { waitAsItIs, waitIfBalanced } from "./plateau_wait.mjs";
import { normals } from "./random.mjs";

/** Every target has length 1, so the loss at w = 0 is ½; a network has left its plateau when its loss is half of that. */
const TARGETS = { ahead: [0.5, 0.5, 0.5, 0.5], behind: [-0.5, 0.5, 0.5, 0.5], opposite: [-1, 0, 0, 0] };
export const LEFT = 0.25;
const REACH = 1 - Math.sqrt(0.5); // how long w is then, if it points at the target
const DIVERGED = 1e12; // a loss this many times the first, or no number
const SUDDEN = 80; // how many records sudden changes of the loss may add
/** A run is settled, and ends, at this loss. */
export const SETTLED = 1e-8;

/** The vector `v` and the numbers `s` above it at step 0. */
function startOf({ depth, scale, identity, seed }) {
  const noise = normals(seed, 3 + depth).map((number) => scale * number);
  const layers = noise.map((number, i) => (i === 0 || i > 3 ? identity + number : number));
  return { v: Float64Array.from(layers.slice(0, 4)), s: Float64Array.from(layers.slice(4)) };
}

/**
 * Records the loss and the size of every layer at every step up to 24, then about 56 times a decade, at the end, and where the loss
 * changes suddenly. `left`: the first step at which it has halved; `wait`, `wait_balanced`: when the laws expect that; `flip`,
 * `flipped`: the first step at which the product of the numbers has another sign, and the layer to blame. −1 for never.
 */
export function compute(state) {
  const { depth, learning_rate: rate, target, steps } = state;
  const y = Float64Array.from(TARGETS[target]);
  const { v, s } = startOf(state);
  const size = Math.sqrt(dot(v, v)) * Math.abs(s.reduce((total, x) => total * x, 1));
  const wait = waitAsItIs([dot(v, y), ...s], REACH);
  const balanced = waitIfBalanced(size, REACH, depth);
  const run = { steps: [], loss: [], layers: Array.from({ length: depth }, () => []), left: -1, diverged: -1, flip: -1, flipped: -1 };
  run.wait = wait < 0 ? -1 : wait / rate;
  run.wait_balanced = balanced < 0 ? -1 : balanced / rate;
  const signs = Array.from(s, Math.sign);
  const negative = signs.reduce((total, sign) => total * sign, 1) < 0;
  const below = new Float64Array(depth); // the product of the numbers below each
  const r = new Float64Array(4); // in an array like all that changes with every step: a variable would make a number on the heap
  let mark = 0;
  let sudden = SUDDEN;
  let before = 0; // the loss that was recorded last
  let ceiling = Infinity;
  for (let t = 0; ; t++) {
    let product = 1;
    for (let j = 0; j < s.length; j++) {
      below[j] = product;
      product *= s[j];
    }
    for (let i = 0; i < 4; i++) r[i] = product * v[i] - y[i];
    const loss = 0.5 * dot(r, r);
    if (t === 0) ceiling = DIVERGED * loss;
    if (!(loss <= ceiling)) run.diverged = t;
    else if (run.left < 0 && loss <= LEFT) run.left = t;
    const last = t === steps || run.diverged >= 0 || loss <= SETTLED;
    const jumps = sudden > 0 && t !== mark && (loss < 0.7 * before || loss > 1.4 * before);
    if (t === mark || jumps || last) {
      if (jumps) sudden--;
      before = loss;
      run.steps.push(t);
      run.loss.push(orInfinity(loss));
      run.layers[0].push(orInfinity(Math.sqrt(dot(v, v))));
      for (let j = 0; j < s.length; j++) run.layers[j + 1].push(orInfinity(Math.abs(s[j])));
      if (t === mark) mark = t + Math.max(1, Math.floor(t / 24));
    }
    if (run.flip < 0 && product < 0 !== negative) Object.assign(run, { flip: t, flipped: s.findIndex((x, j) => x < 0 !== signs[j] < 0) + 2 });
    if (last) return run;
    const slope = dot(r, v);
    let above = 1;
    for (let j = s.length - 1; j >= 0; j--) {
      const pull = rate * (above * slope * below[j]);
      above *= s[j];
      s[j] -= pull;
    }
    for (let i = 0; i < 4; i++) v[i] -= rate * (above * r[i]);
  }
}

const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
const orInfinity = (x) => (Number.isNaN(x) ? Infinity : x);
