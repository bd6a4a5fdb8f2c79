// The account of a walk along a closed curve, and the field around it. Mirrors `CurlField.compute`.
import { curveOf } from "./curve.mjs";
import { curlAt, fieldAt } from "./losses.mjs";

/** @import { Cells, Curve, Round, Run, State } from "./types.d.ts" */

/** Each piece of the curve is integrated in this many parts, by Gauss–Legendre quadrature at five places. */
export const PARTS = 50;
const NODES = [-0.906179845938664, -0.5384693101056831, 0, 0.5384693101056831, 0.906179845938664];
const WEIGHTS = [
  0.23692688505618928, 0.4786286704993663, 0.5688888888888887, 0.4786286704993663,
  0.23692688505618928,
];
/** The field is drawn in this many cells a side, none with its centre at the origin, as far as `REACH` outer radii. */
export const CELLS = 14;
export const REACH = 1.2;
/** What is this fraction of its like, or less, is rounding: nothing was gained there. */
export const ROUNDING = 1e-12;

/** @type {(values: number[]) => number} */
const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
/** @type {(value: number, rounding: number) => number} */
const settled = (value, rounding) => (Math.abs(value) <= rounding ? 0 : value);

/**
 * `make(state)`, made anew only if a state differs in these names from the last one: most of a figure stays
 * while a walk goes on.
 * @template T
 * @param {(keyof State)[]} names
 * @param {(state: State) => T} make
 */
function kept(names, make) {
  let key = "";
  /** @type {T} */
  let value;
  /** @param {State} state */
  return (state) => {
    const now = names.map((name) => state[name]).join(" ");
    if (now !== key) [key, value] = [now, make(state)];
    return value;
  };
}

/**
 * What the Python class computes: marks, account, place and field on the way, field and curl in the cells.
 * @type {(state: State) => Run}
 */
export function compute(state) {
  const { curve, work, force, sums, rounding, ...account } = accountOf(state);
  const at = (state.progress / 100) * curve.corners[4];
  const piece = [1, 2, 3].filter((k) => curve.corners[k] < at).length;
  const now = Math.min((at - curve.corners[piece]) / curve.lengths[piece], 1);
  const part = Math.floor(now * PARTS);
  const here = curve.place(piece, now).slice(0, 2);
  const gained = settled(sums[PARTS * piece + part] + work(piece, part / PARTS, now), rounding);
  return { ...account, at, here, force: force(here), gained, ...cellsOf(state) };
}

/**
 * A whole round: the marks, `way`, `w1`, `w2`, and what is gained up to each, `running`; the `pieces` and
 * their `total`.
 */
const accountOf = kept(["loss", "depth", "outer", "ratio", "span"], (state) => {
  const curve = curveOf(state);
  const force = fieldAt(state);
  const [spot, F] = [new Float64Array(4), new Float64Array(2)];

  /**
   * The integral of F on a piece from `begin` to `end`.
   * @type {Round["work"]}
   */
  const work = (piece, begin, end) => {
    const half = (end - begin) / 2;
    let sum = 0;
    for (let k = 0; k < 5; k++) {
      curve.place(piece, begin + (NODES[k] + 1) * half, spot);
      force(spot, F);
      sum += WEIGHTS[k] * (F[0] * spot[2] + F[1] * spot[3]);
    }
    return half * sum;
  };

  const first = curve.place(0, 0);
  const [way, w1, w2, sums] = [[0], [first[0]], [first[1]], [0]];
  for (let piece = 0; piece < 4; piece++) {
    for (let part = 1; part <= PARTS; part++) {
      curve.place(piece, part / PARTS, spot);
      way.push(curve.corners[piece] + (part / PARTS) * curve.lengths[piece]);
      w1.push(spot[0]);
      w2.push(spot[1]);
      sums.push(sums.at(-1) + work(piece, (part - 1) / PARTS, part / PARTS));
    }
  }
  const rounding = ROUNDING * largest(sums);
  const running = sums.map((value) => settled(value, rounding));
  const pieces = [0, 1, 2, 3].map((k) => running[PARTS * (k + 1)] - running[PARTS * k]);
  return {
    curve,
    work,
    force,
    sums,
    rounding,
    way,
    w1,
    w2,
    running,
    pieces,
    total: running.at(-1),
    constant: ofTheSlope(state, curve),
  };
});

/** Field and curl at the centre of each cell, row by row from below. */
const cellsOf = kept(["loss", "depth", "outer"], (state) => {
  const half = REACH * state.outer;
  const [force, turn] = [fieldAt(state), curlAt(state)];
  /** @type {Cells} */
  const { f1, f2, curl } = { f1: [], f2: [], curl: [] };
  const [w, F] = [new Float64Array(2), new Float64Array(2)];
  /** @param {number} i */
  const centre = (i) => (half * (2 * i + 1 - CELLS)) / CELLS;
  for (let row = 0; row < CELLS; row++) {
    for (let column = 0; column < CELLS; column++) {
      w[0] = centre(column);
      w[1] = centre(row);
      force(w, F);
      f1.push(F[0]);
      f2.push(F[1]);
      curl.push(turn(w));
    }
  }
  const rounding = (ROUNDING * Math.max(largest(f1), largest(f2))) / half;
  return { f1, f2, curl: curl.map((value) => settled(value, rounding)) };
});

/**
 * Theorem 2's closed form for half circles; narrower arcs enclose the share (1 − cos turn)/2 of the same curl.
 * @type {(state: State, curve: Curve) => number | null}
 */
function ofTheSlope({ loss, depth: N }, { inner, outer, turn }) {
  if (loss === "homogeneous") return null;
  const power = 3 - 2 / N;
  const whole = ((2 * (N - 1) * (N - 2)) / (3 * N - 2)) * (outer ** power - inner ** power);
  return (whole * (1 - Math.cos(turn))) / 2;
}
