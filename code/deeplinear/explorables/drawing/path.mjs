// A line through many points by the few that the eye can tell from it. No DOM.

/** @import { Frame } from "../types.d.ts" */

/** Points nearer than this to the last one, in pixels across and up together, are left out. */
const FINE = 2;
/** And so is a point from which the line to a later one passes at no more than this, or little more. */
const ASIDE = 0.15;

/**
 * Pixels from the left and from the top of a plot: plain functions, so that a loop over many makes no numbers
 * on the heap.
 * @type {(plot: Pick<Frame, "x" | "margin" | "innerWidth">, value: number) => number}
 */
export const across = ({ x, margin, innerWidth }, value) =>
  bounded(margin[3] + x.position(value) * innerWidth);
/** @type {(plot: Pick<Frame, "y" | "margin" | "innerHeight">, value: number) => number} */
export const down = ({ y, margin, innerHeight }, value) =>
  bounded(margin[0] + (1 - y.position(value)) * innerHeight);

/**
 * What a canvas can be trusted with.
 * @type {(x: number) => number}
 */
const bounded = (x) => (x > 1e4 ? 1e4 : x < -1e4 ? -1e4 : x);

/**
 * Trace points of a plot's data with a pen, broken where one is no number. A stretch goes on as long as its
 * points lie ahead in a strip of `ASIDE` to either side of where it set out for; the first and the last point
 * are always met.
 * @type {(
 *   pen: Pick<CanvasRenderingContext2D, "moveTo" | "lineTo">,
 *   plot: Frame,
 *   xs: ArrayLike<number>,
 *   ys: ArrayLike<number>,
 * ) => void}
 */
export function trace(pen, plot, xs, ys) {
  let fromX = NaN; // where the stretch begins
  let fromY = NaN;
  let unitX = 0; // its direction
  let unitY = 0;
  let toX = 0; // where it ends so far, and how far that is; −1 if it has not set out
  let toY = 0;
  let reach = -1;
  for (let i = 0; i < xs.length; i++) {
    const x = across(plot, xs[i]);
    const y = down(plot, ys[i]);
    if (reach >= 0) {
      const along = (x - fromX) * unitX + (y - fromY) * unitY;
      const aside = (x - fromX) * unitY - (y - fromY) * unitX;
      const on = along >= reach && Math.abs(aside) <= ASIDE;
      if (!on) {
        pen.lineTo(toX, toY);
        fromX = toX;
        fromY = toY;
        reach = -1;
      } else {
        toX = x;
        toY = y;
        reach = along;
        continue;
      }
    }
    if (x !== x || y !== y) fromX = NaN;
    else if (fromX !== fromX) {
      pen.moveTo(x, y);
      fromX = x;
      fromY = y;
    } else if (i === xs.length - 1 || Math.abs(x - fromX) + Math.abs(y - fromY) >= FINE) {
      reach = Math.sqrt((x - fromX) * (x - fromX) + (y - fromY) * (y - fromY));
      unitX = (x - fromX) / reach;
      unitY = (y - fromY) / reach;
      toX = x;
      toY = y;
    }
  }
  if (reach >= 0) pen.lineTo(toX, toY);
}
