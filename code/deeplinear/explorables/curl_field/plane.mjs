// The plane of CurlField: the curl as colour, the field as arrows, the curve, and where the walk is.
import { trace } from "../drawing/path.mjs";
import { linear } from "../drawing/scales.mjs";
import { CELLS, PARTS, REACH } from "./numerics.mjs";
import { minimumOf } from "./losses.mjs";

/**
 * @import { Plot } from "../drawing/plot.mjs"
 * @import { Run, State } from "./types.d.ts"
 */

/** Colours: what a walk around a cell against the clock loses, or gains; the walk; the field where the walk is. */
export const LOSE = 1;
export const GAIN = 2;
export const WALK = 3;
const FORCE = 4;

/**
 * Draw a state and its run, `width` pixels wide; length for length the same across and up.
 * @type {(plot: Plot, width: number, state: State, run: Run) => void}
 */
export function drawPlane(plot, width, state, run) {
  const half = REACH * state.outer;
  const [top, right, bottom, left] = plot.margin;
  plot.height = width - left - right + top + bottom;
  plot.begin(width, linear(-half, half, 4), linear(-half, half, 4), "weight w₁", "weight w₂", () =>
    drawCurl(plot, half, state, run),
  );
  drawArrows(plot, half, run);
  const minimum = minimumOf(state);
  if (minimum?.every((w) => Math.abs(w) < half)) {
    plot.cross(plot.px(minimum[0]), plot.py(minimum[1]), 4, { width: 2 });
    plot.text(plot.px(minimum[0]) + 9, plot.py(minimum[1]) + 4, "minimum of L");
  }
  drawWalk(plot, half, run);
  plot.describe(
    () =>
      "Plane of the two weights, with the field F as arrows and the closed curve of the walk " +
      `around the origin. The curl of F is ${signOf(run.curl)}.`,
  );
}

/** @type {(curl: number[]) => string} */
function signOf(curl) {
  const [lose, gain] = [
    curl.some((c) => c < 0) && "negative",
    curl.some((c) => c > 0) && "positive",
  ];
  return lose && gain ? "of both signs" : lose || gain || "zero everywhere";
}

/**
 * Where the colours of the cells are written pixel by pixel, for all figures of this kind.
 * @type {ReturnType<typeof cells> | null}
 */
let kept = null;

/**
 * The colour of every cell, faint outside of the curve. A curl of half the field's own size per length is
 * half of full colour.
 * @type {(plot: Plot, half: number, state: State, run: Run) => void}
 */
function drawCurl(plot, half, state, run) {
  const { pen, theme, margin } = plot;
  const unit = 0.5 * half ** (1 - 2 / state.depth);
  const { small, brush, image } = (kept ??= cells());
  const colors = [LOSE, GAIN].map((color) => parseInt(theme.lines[color - 1].slice(1), 16));
  for (let i = 0; i < run.curl.length; i++) {
    const size = Math.abs(run.curl[i]);
    const color = colors[run.curl[i] < 0 ? 0 : 1];
    const at = 4 * ((CELLS - 1 - Math.floor(i / CELLS)) * CELLS + (i % CELLS)); // rows go up, pixels down
    image.data[at] = color >> 16;
    image.data[at + 1] = (color >> 8) & 255;
    image.data[at + 2] = color & 255;
    image.data[at + 3] = (255 * size) / (size + unit);
  }
  brush.putImageData(image, 0, 0);
  /** @type {[number, number, number, number]} */
  const box = [margin[3], margin[0], plot.innerWidth, plot.innerHeight];
  pen.save();
  pen.globalAlpha = 0.72;
  pen.drawImage(small, ...box);
  // Most of the colour outside of the curve is taken away again: that is faster than to draw twice, once
  // inside of a clip.
  pen.globalAlpha = 0.6;
  pen.globalCompositeOperation = "destination-out";
  pen.beginPath();
  pen.rect(...box);
  trace(pen, plot, run.w1, run.w2);
  pen.fill("evenodd");
  pen.restore();
}

/** A picture with one pixel for each cell, that is kept where it can be written pixel by pixel. */
function cells() {
  const small = Object.assign(document.createElement("canvas"), { width: CELLS, height: CELLS });
  const brush = /** @type {CanvasRenderingContext2D} */ (
    small.getContext("2d", { willReadFrequently: true })
  );
  return { small, brush, image: brush.createImageData(CELLS, CELLS) };
}

/** @type {(x: number, y: number) => number} */
const length = (x, y) => Math.sqrt(x * x + y * y);

/**
 * An arrow in every cell, its length the root of the field's: all of them in one stroke.
 * @type {(plot: Plot, half: number, run: Run) => void}
 */
function drawArrows(plot, half, run) {
  const { pen } = plot;
  const cell = plot.innerWidth / CELLS;
  let largest = 0;
  for (let i = 0; i < run.f1.length; i++) largest = Math.max(largest, length(run.f1[i], run.f2[i]));
  pen.save();
  pen.strokeStyle = plot.theme.text;
  pen.globalAlpha = 0.6;
  pen.lineWidth = 1;
  pen.lineCap = "butt";
  pen.setLineDash([]);
  pen.beginPath();
  for (let i = 0; i < run.f1.length; i++) {
    const size = length(run.f1[i], run.f2[i]);
    if (!(size > 0)) continue;
    const scale = (0.9 * cell * Math.sqrt(size / largest)) / size;
    const x = scale * run.f1[i];
    const y = -scale * run.f2[i];
    const tipX = plot.margin[3] + ((i % CELLS) + 0.5) * cell + x / 2;
    const tipY = plot.margin[0] + (CELLS - Math.floor(i / CELLS) - 0.5) * cell + y / 2;
    pen.moveTo(tipX - x, tipY - y);
    pen.lineTo(tipX, tipY);
    pen.moveTo(tipX - 0.35 * x - 0.2 * y, tipY - 0.35 * y + 0.2 * x);
    pen.lineTo(tipX, tipY);
    pen.lineTo(tipX - 0.35 * x + 0.2 * y, tipY - 0.35 * y - 0.2 * x);
  }
  pen.stroke();
  pen.restore();
}

/**
 * The curve, its walked part thick, its pieces numbered, and the field where the walk is.
 * @type {(plot: Plot, half: number, run: Run) => void}
 */
function drawWalk(plot, half, run) {
  const done = run.way.findIndex((way) => way >= run.at);
  const [x, y] = run.here;
  plot.line([x, ...run.w1.slice(done)], [y, ...run.w2.slice(done)], {
    color: WALK,
    width: 1.6,
    dash: [5, 4],
  });
  plot.line([...run.w1.slice(0, done), x], [...run.w2.slice(0, done), y], {
    color: WALK,
    width: 3.2,
  });
  plot.dots([0], [0], 2.5);
  const size = half / 3 / Math.hypot(...run.force);
  plot.arrow(x, y, x + size * run.force[0], y + size * run.force[1], {
    color: FORCE,
    width: 2.6,
    head: 9,
  });
  plot.dots([x], [y], 5, { color: WALK });
  for (let piece = 0; piece < 4; piece++) {
    // Beside the curve, to the right of the way: outside.
    const middle = PARTS * (piece + 0.5);
    const [along, up] = [run.w1, run.w2].map((w) => w[middle + 1] - w[middle - 1]);
    const aside = 12 / Math.hypot(along, up);
    const [px, py] = [
      plot.px(run.w1[middle]) + aside * up,
      plot.py(run.w2[middle]) + aside * along,
    ];
    plot.text(px, py + 4, String(piece + 1), { color: WALK, anchor: "middle" });
  }
}
