// The two pictures of GasSensorLab: the distance from the optimum, and the walk to the edge of stability.
import { labelCurves } from "../drawing/labels.mjs";
import { power, short } from "../drawing/numbers.mjs";
import { log, stepsAxis } from "../drawing/scales.mjs";
import { LIMITS } from "./numerics.mjs";
import { lowest, sentenceOf } from "./sentence.mjs";

/**
 * @import { Plot } from "../drawing/plot.mjs"
 * @import { Curve, Scale } from "../types.d.ts"
 * @import { Data, Seen, State } from "./types.d.ts"
 */

/**
 * Colours of the depths: 1, 2, 3, and deeper.
 * @type {(depth: number) => number}
 */
const colorOf = (depth) => Math.min(depth, 4);

/**
 * Steps up to `longest`; on a narrow plot every second label.
 * @type {(longest: number, width: number) => Scale}
 */
function stepsOf(longest, width) {
  const axis = stepsAxis(longest);
  return width < 340 ? { ...axis, ticks: axis.ticks.filter((_, i) => i % 2 === 0) } : axis;
}

/**
 * @type {(
 *   plot: Plot,
 *   width: number,
 *   state: State,
 *   seen: Seen,
 *   records: Data["records"],
 *   longest: number,
 * ) => void}
 */
export function drawCurves(plot, width, state, { run, running }, records, longest) {
  const { p, depth } = state;
  const positive = run.distance.map((value) => Math.max(value, 1e-12));
  /** @type {(x: number, round: (x: number) => number) => number} */
  const decade = (x, round) => 10 ** round(Math.log10(x));
  const kept = records[p];
  const floor = Math.min(1e-2, positive[lowest(positive)] ?? 1, ...(kept?.curves.flat() ?? []));
  const first = run.distance[0] ?? kept?.curves[0][0] ?? 1;
  plot.begin(
    width,
    stepsOf(longest, width),
    log(decade(floor, Math.floor), decade(first, Math.ceil) * 10),
    "step",
    `mean ${power("|r|", p)} − optimum`,
  );
  /** @type {Curve[]} */
  const curves = (kept?.curves ?? []).map((ys, i) => ({
    xs: kept.steps,
    ys,
    color: i + 1,
    name: `N = ${i + 1}`,
  }));
  for (const { xs, ys, color } of curves)
    plot.line(xs, ys, { color, dash: [4, 3], width: 1.3, alpha: 0.8 });
  const color = colorOf(depth);
  const name = `depth ${depth}`;
  plot.line(run.steps, positive, { color, width: 2.6 });
  if (run.diverged >= 0) {
    const x = plot.px(run.steps.at(-1));
    plot.cross(x, plot.margin[0] + 6, 5, { color });
    plot.text(x + 10, plot.margin[0] + 11, `${name} diverges`, { color });
  }
  if (run.steps.length)
    curves.unshift({ xs: run.steps, ys: positive, color, name: run.diverged < 0 && name, at: 0 });
  labelCurves(plot, curves);
  if (!run.steps.length) return;
  plot.describe(
    () =>
      "Distance from the optimum against steps; dashed, runs on all of the data. " +
      `${sentenceOf(state, run, running)}`,
  );
}

/** @type {(plot: Plot, width: number, state: State, seen: Seen, longest: number) => void} */
export function drawEdge(plot, width, { optimizer, depth }, { run }, longest) {
  const limit = LIMITS[optimizer];
  plot.begin(
    width,
    stepsOf(longest, width),
    log(1e-2, 10),
    "step",
    "learning rate × largest curvature",
  );
  if (!limit) {
    const words = "An adaptive method has no single edge.";
    plot.text(plot.px(1), plot.py(0.4), words);
    plot.describe(() => words);
    return;
  }
  plot.line([0, longest], [limit, limit], { dash: [5, 4], width: 1.4 });
  plot.text(plot.px(longest), plot.py(limit) - 7, `unstable above ${short(limit)}`, {
    anchor: "end",
  });
  const color = colorOf(depth);
  const edge = (run.edge ?? []).map((value) => Math.min(value, 1e6));
  if (!edge.length) return;
  plot.line(run.steps, edge, { color, width: 2.2 });
  const last = edge.findLast((value) => value < 1e6) ?? limit;
  plot.text(
    plot.px(run.steps.at(-1)) + 6,
    plot.py(Math.min(Math.max(last, 0.02), 5)) + 16,
    `depth ${depth}`,
    { color },
  );
  plot.describe(
    () =>
      `Learning rate times the largest curvature, ${short(last)} at the end; steps are unstable ` +
      `above ${short(limit)}.`,
  );
}
