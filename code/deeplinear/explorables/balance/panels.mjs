// The two pictures of BalanceDrift: the imbalance of the layers, and network and rule beside each other.
import { labelCurves } from "../drawing/labels.mjs";
import { linear, log } from "../drawing/scales.mjs";
import { TIME } from "./numerics.mjs";
import { few, isBalanced } from "./sentence.mjs";

/**
 * @import { Plot } from "../drawing/plot.mjs"
 * @import { Curve, Panel, Style } from "../types.d.ts"
 * @import { Run, State } from "./types.d.ts"
 */

export const LOW = 1e-4;
export const HIGH = 20;
/** @type {(pairs: number[]) => string} */
const subscripts = (pairs) =>
  pairs.length > 4 ? `${pairs.length} of the Dⱼ` : pairs.map((j) => `D${"₁₂₃₄₅₆₇"[j]}`).join(" ");

/**
 * The pairs j in bundles whose lines end within a label's height of each other, the highest first in each.
 * @type {(plot: Plot, ends: number[]) => number[][]}
 */
function bundles(plot, ends) {
  const order = ends.map((_, j) => j).sort((a, b) => ends[b] - ends[a]);
  /** @type {number[][]} */
  const found = [];
  for (const j of order) {
    const bundle = found.at(-1);
    if (bundle && plot.py(ends[j]) - plot.py(ends[bundle[0]]) < 26) bundle.push(j);
    else found.push([j]);
  }
  return found;
}

/** @type {Panel<State, Run>} */
export function drawImbalance(plot, width, state, run) {
  plot.begin(width, linear(0, TIME), log(LOW, HIGH), "time η · steps", "imbalance ‖Dⱼ‖");
  const xs = run.time;
  /** @type {(Curve & { color: number })[]} */
  const lines = run.imbalance[0].map((_, j) => ({
    xs,
    ys: run.imbalance.map((sizes) => sizes[j]),
    color: 1,
  }));
  /** @type {Curve[]} */
  const laws = run.law[0].map((_, j) => ({ xs, ys: run.law.map((sizes) => sizes[j]), at: 0 }));
  lines.forEach(({ ys }, j) =>
    plot.line(xs, ys, { color: 1, alpha: 1 - (0.6 * j) / lines.length, width: 2.4 }),
  );
  for (const { ys } of laws) plot.line(xs, ys, { dash: [5, 4], width: 1.3 });
  const highest = laws.reduce((a, b) => (b.ys[0] > a.ys[0] ? b : a));
  highest.name = state.weight_decay > 0 ? "flow: e^(−2λt)" : "flow: constant";
  if (run.diverged >= 0) plot.cross(plot.px(xs.at(-1)), plot.margin[0] + 7, 5, { color: 1 });
  else
    for (const bundle of bundles(plot, run.imbalance.at(-1)))
      lines[bundle[0]].name = subscripts(bundle.sort());
  labelCurves(plot, [...lines, ...laws]);
  if (isBalanced(run))
    plot.text(plot.px(0) + 0.3 * plot.innerWidth, plot.py(LOW) - 8, "flow: 0, below the picture");
  plot.describe(
    () =>
      `Imbalance against time, logarithmic, one line for each of the ${lines.length} pairs of ` +
      `layers; dashed, what flow makes of it. The largest is ${few(Math.max(...run.imbalance[0]))} ` +
      `at the start and ${few(Math.max(...run.imbalance.at(-1)))} at the end.`,
  );
}

/** @type {Panel<State, Run>} */
export function drawProducts(plot, width, state, run) {
  plot.begin(width, linear(0, TIME), log(LOW, HIGH), "time η · steps", "loss, and distance");
  /** @type {(Curve & { style: Style, diverged: number })[]} */
  const curves = [
    {
      xs: run.time,
      ys: run.loss,
      color: 2,
      name: `network, N = ${state.depth}`,
      style: { width: 2.6 },
      diverged: run.diverged,
    },
    {
      xs: run.time,
      ys: run.rule_loss,
      color: 3,
      name: "rule",
      at: 0.6,
      style: { width: 1.9, dash: [6, 4] },
      diverged: run.rule_diverged,
    },
    {
      xs: run.time,
      ys: run.distance,
      color: 4,
      name: "distance",
      style: { width: 1.6 },
      diverged: -1,
    },
  ];
  for (const curve of curves) {
    plot.line(run.time, curve.ys, { color: curve.color, ...curve.style });
    if (curve.diverged < 0) continue;
    const x = plot.px(curve.diverged * state.learning_rate);
    const y = plot.margin[0] + 7;
    plot.cross(x, y, 5, curve);
    const words = curve.color === 2 ? "network diverges" : "rule diverges";
    const late = x > plot.margin[3] + 0.55 * plot.innerWidth;
    plot.text(x + (late ? -10 : 10), y + (curve.color === 2 ? 4 : 20), words, {
      color: curve.color,
      anchor: late ? "end" : "start",
    });
    curve.name = "";
  }
  labelCurves(plot, curves);
  plot.describe(
    () =>
      "Loss of the network and of the end-to-end rule against time, logarithmic, and the distance " +
      `of their products. At the end the losses are ${few(run.loss.at(-1))} and ` +
      `${few(run.rule_loss.at(-1))}, the relative distance is ${few(run.distance.at(-1))}.`,
  );
}
