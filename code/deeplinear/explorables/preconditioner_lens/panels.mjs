// The two pictures of PreconditionerLens: the circle of gradients with its image, and the eigenvalues against depth.
import { short } from "../drawing/numbers.mjs";
import { linear } from "../drawing/scales.mjs";
import { closedForm, DEEPEST, PLANES } from "./numerics.mjs";
import { eigenvalueName, index, vectorName } from "./sentence.mjs";

/**
 * @import { Plot } from "../drawing/plot.mjs"
 * @import { Panel } from "../types.d.ts"
 * @import { Run, State } from "./types.d.ts"
 */

export const REACHES = [1.25, 1.6, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 10, 12, 16, 20, 25, 30, 40];
/** @type {Record<string, number>} */
export const COLORS = { 11: 3, 22: 4, 12: 5, 21: 5 };
/**
 * The first round number that leaves room around these lengths.
 * @type {(...lengths: number[]) => number}
 */
const reachOf = (...lengths) =>
  REACHES.find((reach) => reach >= 1.1 * Math.max(...lengths)) ?? REACHES.at(-1);
const CIRCLE = Array.from({ length: 97 }, (_, i) => (i * Math.PI) / 48);
const COS = CIRCLE.map(Math.cos);
const SIN = CIRCLE.map(Math.sin);

/** @type {Panel<State, Run, [said: string]>} */
export function drawLens(plot, width, { plane, angle }, { axes, before, after, turned }, said) {
  const pair = PLANES[plane];
  const [top, right, bottom, left] = plot.margin;
  const shape = (width - left - right) / (plot.height - top - bottom); // one unit is as long across as up
  const reach = reachOf(1, axes[0] / shape, axes[1]);
  plot.begin(
    width,
    linear(-reach * shape, reach * shape, 5),
    linear(-reach, reach, 5),
    `part along ${vectorName(pair[0])}`,
    `part along ${vectorName(pair[1])}`,
  );
  plot.line(COS, SIN, { width: 1, alpha: 0.55 });
  plot.line(
    COS.map((c) => axes[0] * c),
    SIN.map((s) => axes[1] * s),
    { color: 2, width: 1.4, close: true, fill: 0.09 },
  );
  // The half axes, named on the side that the arrow leaves free.
  const sides = before.map((part) => (part > 0 ? -1 : 1));
  const ends = [
    [axes[0] * sides[0], 0],
    [0, axes[1] * sides[1]],
  ];
  ends.forEach(([x, y], i) =>
    plot.line([0, x], [0, y], { color: COLORS[index(pair[i])], width: 2.4, dash: [5, 3] }),
  );
  plot.arrow(0, 0, before[0], before[1], { color: 1, width: 2.2 });
  plot.arrow(0, 0, after[0], after[1], { color: 2, width: 3, head: 10 });
  if (turned === null) plot.dots([0], [0], 4, { color: 2 });
  else if (turned >= 20) drawTurn(plot, angle, before, after, turned);
  /** @type {[number[], number, string][]} */
  const tips = [
    [before, 1, "∇"],
    [after, 2, "P∇"],
  ];
  for (const [tip, color, name] of tips) {
    const away = tip[0] >= 0 ? 1 : -1;
    plot.text(plot.px(tip[0]) + 7 * away, plot.py(tip[1]) + (tip[1] >= 0 ? -7 : 15), name, {
      color,
      anchor: away > 0 ? "start" : "end",
    });
  }
  ends.forEach(([x, y], i) => {
    const name = `${eigenvalueName(pair[i])} = ${short(axes[i])}`;
    const color = COLORS[index(pair[i])];
    if (i === 0)
      plot.text(plot.px(x), plot.py(0) + (sides[1] < 0 ? -8 : 18), name, {
        color,
        anchor: "middle",
      });
    else
      plot.text(plot.px(0) + 8 * sides[0], plot.py(y) + (sides[1] < 0 ? 14 : -6), name, {
        color,
        anchor: sides[0] > 0 ? "start" : "end",
      });
  });
  plot.describe(
    () =>
      `Plane of ${vectorName(pair[0])} and ${vectorName(pair[1])}: the unit circle becomes an ` +
      `ellipse with half axes ${short(axes[0])} and ${short(axes[1])}. ${said}`,
  );
}

/**
 * An arc from the gradient to its image, and the angle between them.
 * @type {(
 *   plot: Plot,
 *   angle: number,
 *   before: number[],
 *   after: number[],
 *   turned: number,
 * ) => void}
 */
function drawTurn(plot, angle, before, after, turned) {
  const unit = plot.px(1) - plot.px(0);
  const [from, to] = [Math.atan2(before[1], before[0]), Math.atan2(after[1], after[0])];
  const way = Math.atan2(Math.sin(to - from), Math.cos(to - from));
  const at = Array.from({ length: 13 }, (_, i) => from + (way * i) / 12);
  plot.line(
    at.map((a) => (26 / unit) * Math.cos(a)),
    at.map((a) => (26 / unit) * Math.sin(a)),
    { width: 1.2 },
  );
  plot.text(
    plot.px((42 / unit) * Math.cos(at[6])),
    plot.py((42 / unit) * Math.sin(at[6])) + 4,
    `${Math.round(turned)}°`,
    { anchor: "middle" },
  );
}

const DEPTHS = Array.from({ length: DEEPEST }, (_, i) => i + 1);
const REAL_DEPTHS = Array.from({ length: 71 }, (_, i) => 1 + i / 10);

/** @type {Panel<State, Run>} */
export function drawCurves(
  plot,
  width,
  { sigma_1, sigma_2, depth, plane },
  { by_depth, eigenvalues },
) {
  const sigma = [sigma_1, sigma_2];
  const top = reachOf(...by_depth.flat(2));
  const x = {
    ...linear(0.6, DEEPEST + 0.4),
    ticks: DEPTHS.map((N) => ({ at: N, label: String(N) })),
  };
  plot.begin(width, x, linear(0, top), "depth N", "eigenvalue of P");
  plot.line([depth, depth], [0, top], { width: 1, dash: [1.5, 3], alpha: 0.75 });
  for (const [r, s] of [
    [0, 1],
    [1, 1],
    [0, 0],
  ]) {
    const color = COLORS[index([r, s])];
    const mine = PLANES[plane].some((at) => COLORS[index(at)] === color);
    plot.line(
      REAL_DEPTHS,
      REAL_DEPTHS.map((N) => closedForm(sigma[r], sigma[s], N)),
      { color, width: mine ? 2 : 1.2, dash: [4, 4], alpha: mine ? 1 : 0.6 },
    );
    plot.dots(
      DEPTHS,
      DEPTHS.map((N) => by_depth[N - 1][r][s]),
      mine ? 3.2 : 2.2,
      { color, alpha: mine ? 1 : 0.6 },
    );
    plot.dots([depth], [eigenvalues[r][s]], 5.5, { color });
  }
  const end = by_depth.at(-1);
  /** @type {[number, string, number][]} */
  const labels = [
    [end[0][0], "λ₁₁", 3],
    [end[1][1], "λ₂₂", 4],
    [end[0][1], "λ₁₂ = λ₂₁", 5],
  ];
  for (const [value, name, color] of labels.sort((a, b) => b[0] - a[0]))
    plot.text(plot.px(DEEPEST) + 10, plot.py(value) + 4, name, { color });
  plot.describe(
    () =>
      `Eigenvalues of P against depth. At depth ${depth}: λ₁₁ = ${short(eigenvalues[0][0])}, λ₂₂ = ` +
      `${short(eigenvalues[1][1])}, λ₁₂ = λ₂₁ = ${short(eigenvalues[0][1])}.`,
  );
}
