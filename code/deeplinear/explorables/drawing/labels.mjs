// Names beside the curves of a plot, where they cover neither a curve nor one another. Measured in pixels; no DOM.
import { across, down } from "./path.mjs";

/**
 * @import { Box, Curve, Row } from "../types.d.ts"
 * @import { Plot } from "./plot.mjs"
 */

const COLUMNS = 48;
const LETTER = 6.9; // an average one at 12 px, bold
const ENOUGH = 7; // more room than this is no better
const PLACES = 8; // and one more are tried along the plot, above the curve and below it

/**
 * Write the names of curves `{xs, ys, name, color, at}` beside them. `at` is where along the plot a name is
 * best, 0 for its left end, 1 for its right; without a name a curve is only in the way.
 * @type {(plot: Plot, curves: Curve[]) => void}
 */
export function labelCurves(plot, curves) {
  const lines = curves.map(({ xs, ys }) => heightsOf(plot, xs, ys));
  /** @type {Box[]} */
  const written = [];
  curves.forEach(({ name, color, at = 1 }, number) => {
    const place = name && bestPlace(plot, lines, number, written, name.length * LETTER, at);
    if (!place) return; // nowhere in the picture
    written.push(place);
    plot.text(place.left, place.bottom - 3, name, { color });
  });
}

/**
 * The pixel heights of a curve at equal distances across the plot; Infinity where it is not.
 * @type {(plot: Plot, xs: Row, ys: Row) => Float64Array}
 */
function heightsOf(plot, xs, ys) {
  const heights = new Float64Array(COLUMNS + 1).fill(Infinity);
  const [begin, end] = [across(plot, xs[0]), across(plot, xs.at(-1))];
  let i = 0;
  for (let column = 0; column <= COLUMNS; column++) {
    const x = plot.margin[3] + (column * plot.innerWidth) / COLUMNS;
    while (i < xs.length - 2 && across(plot, xs[i + 1]) < x) i++;
    if (x < begin - 1 || x > end + 1) continue;
    const from = across(plot, xs[i]);
    const part = Math.min(1, Math.max(0, (x - from) / (across(plot, xs[i + 1]) - from)));
    const height = down(plot, ys[i]);
    const between = height + part * (down(plot, ys[i + 1]) - height);
    if (Number.isFinite(between)) heights[column] = between;
  }
  return heights;
}

/**
 * The box `{left, right, top, bottom}` just above or below a curve with the most room, and near to where it
 * is wanted.
 * @type {(
 *   plot: Plot,
 *   lines: Float64Array[],
 *   number: number,
 *   written: Box[],
 *   width: number,
 *   at: number,
 * ) => Box | null}
 */
function bestPlace(plot, lines, number, written, width, at) {
  const [ceiling, , , begin] = plot.margin;
  const step = plot.innerWidth / COLUMNS;
  const free = plot.innerWidth - width - 8;
  let best = null;
  let most = -Infinity;
  for (let part = 0; part <= PLACES; part++) {
    const left = begin + 4 + (free * part) / PLACES;
    const from = Math.max(0, Math.floor((left - begin) / step));
    const to = Math.min(COLUMNS, Math.ceil((left + width - begin) / step));
    let [high, low] = [Infinity, -Infinity];
    for (let c = from; c <= to; c++) {
      high = Math.min(high, lines[number][c]);
      low = Math.max(low, lines[number][c]);
    }
    for (const bottom of [high - 5, low + 20]) {
      const box = { left, right: left + width, top: bottom - 13, bottom };
      if (!(box.top >= ceiling && bottom <= ceiling + plot.innerHeight)) continue;
      let room = ENOUGH;
      for (const line of lines) room = Math.min(room, clearance(line, from, to, box));
      for (const other of written) room = Math.min(room, apart(box, other));
      const worth = room - 0.8 * Math.abs(part - PLACES * at);
      if (worth > most) [best, most] = [box, worth];
    }
  }
  return best;
}

/**
 * How far a line stays above or below a box; negative where it runs through it.
 * @type {(line: Float64Array, from: number, to: number, box: Box) => number}
 */
function clearance(line, from, to, { top, bottom }) {
  let least = Infinity;
  for (let c = from; c <= to; c++)
    least = Math.min(least, Math.max(top - line[c], line[c] - bottom));
  return least;
}

/** @type {(a: Box, b: Box) => number} */
const apart = (a, b) =>
  Math.max(a.top - b.bottom, b.top - a.bottom, a.left - b.right, b.left - a.right);
