// BalanceDrift: the imbalance of a network under gradient descent over the flow's law, and its product beside the end-to-end rule.
import { choice, logSlider, slider } from "./controls.mjs";
import { labelCurves } from "./drawing/labels.mjs";
import { Plot, eachOfTwo } from "./drawing/plot.mjs";
import { linear, log } from "./drawing/scales.mjs";
import { explorable } from "./explorable.mjs";
import { short } from "./numbers.mjs";
import { TIME, compute } from "./numerics/balance.mjs";

const NAMES = ["depth", "width", "learning_rate", "weight_decay", "start", "seed"];
const [LOW, HIGH] = [1e-4, 20];
const BALANCED = 1e-9; // relative to the layers: rounding is far below, a start that is off balance far above

const percent = (x) => `${short(100 * x, 2)} %`;
const few = (x) => short(x, 2);
const isBalanced = (run) => run.relative[0] < BALANCED;

function sentenceOf(state, run) {
  if (run.diverged >= 0) return `The network diverges at step ${run.diverged}: the learning rate is too large.`;
  const ruleStep = run.rule_diverged >= 0 && `the rule diverges at step ${run.rule_diverged}`;
  const apart = ruleStep || `rule and network are up to ${percent(Math.max(...run.distance))} apart`;
  const [before, after] = [Math.max(...run.imbalance[0]), Math.max(...run.imbalance.at(-1))];
  const twice = run.drift_at_twice === null ? "twice the rate diverges" : `${few(run.drift_at_twice)} at twice the rate`;
  const drifts = `descent drifts by ${few(run.drift.at(-1))} (${twice})`;
  if (isBalanced(run)) return `From a balanced start, flow stays balanced and ${drifts}; ${apart}.`;
  if (state.weight_decay > 0) {
    const law = Math.max(...run.law.at(-1));
    return `Weight decay shrinks the imbalance from ${few(before)} to ${few(after)}, flow's law says ${few(law)}; ${apart}.`;
  }
  return `Flow keeps the imbalance of ${few(before)}, ${percent(run.relative[0])} of the layers' size; ${drifts}; ${apart}.`;
}

const subscripts = (pairs) => (pairs.length > 4 ? `${pairs.length} of the Dⱼ` : pairs.map((j) => `D${"₁₂₃₄₅₆₇"[j]}`).join(" "));

/** The pairs j in bundles whose lines end within a label's height of each other, the highest first in each. */
function bundles(plot, ends) {
  const order = ends.map((_, j) => j).sort((a, b) => ends[b] - ends[a]);
  const found = [];
  for (const j of order) {
    const bundle = found.at(-1);
    if (bundle && plot.py(ends[j]) - plot.py(ends[bundle[0]]) < 26) bundle.push(j);
    else found.push([j]);
  }
  return found;
}

function drawImbalance(plot, width, state, run) {
  plot.begin(width, linear(0, TIME), log(LOW, HIGH), "time η · steps", "imbalance ‖Dⱼ‖");
  const xs = run.time;
  const lines = run.imbalance[0].map((_, j) => ({ xs, ys: run.imbalance.map((sizes) => sizes[j]), color: 1 }));
  const laws = run.law[0].map((_, j) => ({ xs, ys: run.law.map((sizes) => sizes[j]), at: 0 }));
  lines.forEach(({ ys }, j) => plot.line(xs, ys, { color: 1, alpha: 1 - (0.6 * j) / lines.length, width: 2.4 }));
  for (const { ys } of laws) plot.line(xs, ys, { dash: [5, 4], width: 1.3 });
  const highest = laws.reduce((a, b) => (b.ys[0] > a.ys[0] ? b : a));
  highest.name = state.weight_decay > 0 ? "flow: e^(−2λt)" : "flow: constant";
  if (run.diverged >= 0) plot.cross(plot.px(xs.at(-1)), plot.margin[0] + 7, 5, { color: 1 });
  else for (const bundle of bundles(plot, run.imbalance.at(-1))) lines[bundle[0]].name = subscripts(bundle.sort());
  labelCurves(plot, [...lines, ...laws]);
  if (isBalanced(run)) plot.text(plot.px(0) + 0.3 * plot.innerWidth, plot.py(LOW) - 8, "flow: 0, below the picture");
  plot.describe(() => `Imbalance against time, logarithmic, one line for each of the ${lines.length} pairs of layers; dashed, what flow makes of it. The largest is ${few(Math.max(...run.imbalance[0]))} at the start and ${few(Math.max(...run.imbalance.at(-1)))} at the end.`);
}

function drawProducts(plot, width, state, run) {
  plot.begin(width, linear(0, TIME), log(LOW, HIGH), "time η · steps", "loss, and distance");
  const curves = [
    { ys: run.loss, color: 2, name: `network, N = ${state.depth}`, style: { width: 2.6 }, diverged: run.diverged },
    { ys: run.rule_loss, color: 3, name: "rule", at: 0.6, style: { width: 1.9, dash: [6, 4] }, diverged: run.rule_diverged },
    { ys: run.distance, color: 4, name: "distance", style: { width: 1.6 }, diverged: -1 },
  ];
  for (const curve of curves) {
    plot.line(run.time, curve.ys, { color: curve.color, ...curve.style });
    curve.xs = run.time;
    if (curve.diverged < 0) continue;
    const x = plot.px(curve.diverged * state.learning_rate);
    const y = plot.margin[0] + 7;
    plot.cross(x, y, 5, curve);
    const words = curve.color === 2 ? "network diverges" : "rule diverges";
    const late = x > plot.margin[3] + 0.55 * plot.innerWidth;
    plot.text(x + (late ? -10 : 10), y + (curve.color === 2 ? 4 : 20), words, { color: curve.color, anchor: late ? "end" : "start" });
    curve.name = "";
  }
  labelCurves(plot, curves);
  plot.describe(() => `Loss of the network and of the end-to-end rule against time, logarithmic, and the distance of their products. At the end the losses are ${few(run.loss.at(-1))} and ${few(run.rule_loss.at(-1))}, the relative distance is ${few(run.distance.at(-1))}.`);
}

function build() {
  const layers = new Plot({ height: 290, title: "Imbalance against time" });
  const products = new Plot({ height: 290, title: "Loss of network and rule against time" });
  let run;
  return {
    panels: [layers.element, products.element],
    shown: () => ({ run }),
    draw(state, width) {
      run = compute(state);
      const each = eachOfTwo(width);
      drawImbalance(layers, each, state, run);
      drawProducts(products, each, state, run);
      return sentenceOf(state, run);
    },
  };
}

export default explorable({
  name: "BalanceDrift",
  lines: 3,
  names: NAMES,
  note: "A network of N layers learns a 4 × 5 map of singular values 2, 1.5, 1 and 0.5 on the loss ½‖W − M‖². The rule starts at the network's product; their distance is ‖W − W_rule‖/‖W‖. A single layer has no neighbour, so depth begins at 2. A balanced start has the rank that the width allows; near zero is a standard deviation of 0.1; what is below 10⁻¹⁴ of the layers is rounding.",
  build,
  presets: [
    ["half the rate, half the drift", { learning_rate: 0.025 }],
    ["near zero", { depth: 2, start: "near-zero" }],
    ["identity", { start: "identity" }],
    ["a random start", { start: "xavier" }],
    ["weight decay", { start: "xavier", weight_decay: 0.5 }],
  ],
  controls: [
    choice("Start", {
      name: "start",
      options: [
        ["balanced", "balanced"],
        ["near-zero", "near zero"],
        ["identity", "ones on the diagonals"],
        ["xavier", "random (Xavier)"],
      ],
    }),
    slider("Depth N", { name: "depth", min: 2, max: 8, step: 1, format: ({ depth }) => String(depth) }),
    slider("Hidden width", { name: "width", min: 1, max: 8, step: 1, format: ({ width }) => String(width) }),
    logSlider("Learning rate η", { name: "learning_rate", min: 0.025, max: 1, format: ({ learning_rate }) => short(learning_rate) }),
    slider("Weight decay λ", { name: "weight_decay", min: 0, max: 1, step: 0.05, format: ({ weight_decay }) => short(weight_decay) }),
    slider("Seed", { name: "seed", min: 0, max: 9, step: 1, format: ({ seed, start }) => (start === "identity" ? "not used" : String(seed)), off: ({ start }) => start === "identity" }),
  ],
});
