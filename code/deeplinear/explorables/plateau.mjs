// PlateauLab: the loss of a deep network that waits near zero, with the law of its wait; and the size of each layer meanwhile.
import { button, choice, logSlider, slider } from "./controls.mjs";
import { Plot, eachOfTwo } from "./drawing/plot.mjs";
import { log, stepsAxis } from "./drawing/scales.mjs";
import { explorable } from "./explorable.mjs";
import { short, whole } from "./numbers.mjs";
import { compute, LEFT, SETTLED } from "./numerics/plateau.mjs";
import { comparison } from "./plateau_rates.mjs";

const TOP = 1e4; // above the plateau there is room for words
const FEW = 3; // fewer steps are no plateau

const steps = (t) => (t === Infinity ? "never" : t < 1e6 ? whole(Math.round(t)) : short(t, 2));

function sentenceOf(state, run) {
  const who = `Depth ${state.depth}`;
  const { left, diverged, wait, flip, flipped } = run;
  const end = run.steps.at(-1);
  if (diverged >= 0) {
    if (wait > 0 && diverged > wait / 2 && diverged > 20)
      return `${who} waits on its plateau and diverges as it leaves it, at step ${whole(diverged)}: a rate that shortens the wait is too large for what comes after.`;
    return `${who} diverges at step ${whole(diverged)}: the learning rate is too large.`;
  }
  if (left < 0) {
    const barred = state.identity ? "layers of one size shrink to zero together, and none passes through it" : "all layers are zero, and so are all gradients";
    if (wait === Infinity) return `${who} will never leave: ${barred}. The loss is ${short(run.loss.at(-1))} after ${whole(end)} steps.`;
    if (wait < 0) return `${who} has not halved its loss after ${whole(end)} steps; it is ${short(run.loss.at(-1))}.`;
    return `${who} is still on its plateau after ${whole(end)} steps; the law says that it leaves at step ${steps(wait)}.`;
  }
  const back = run.loss.at(-1) > LEFT && ` But its steps are too large: at the end the loss is ${short(run.loss.at(-1))}.`;
  const turn = flip >= 0 && ` Layer ${flipped} changes its sign at step ${whole(flip)}.`;
  const after = back || turn || "";
  if (wait < FEW) return `${who} starts at once and has halved its loss after ${whole(left)} steps.${after}`;
  const balanced = run.wait_balanced > 0 ? ` for these layers and ${steps(run.wait_balanced)} for balanced ones` : "";
  return `${who} leaves its plateau at step ${whole(left)}; the law says ${steps(wait)}${balanced}.${after}`;
}

function drawLoss(plot, width, state, run, plain) {
  plot.begin(width, stepsAxis(state.steps), log(SETTLED, TOP), "step", "loss L(w)");
  plot.line([0, state.steps], [LEFT, LEFT], { width: 1, dash: [1.5, 3], alpha: 0.75 });
  const laws = [
    ["law", run.wait, { color: 3, dash: [5, 4] }],
    ["if balanced", run.wait_balanced, { width: 1, dash: [2, 3] }],
  ];
  const seen = laws.map(([, wait]) => wait).filter((wait) => wait >= FEW && wait <= state.steps);
  const [first, last] = [plot.px(Math.min(...seen)), plot.px(Math.max(...seen))];
  const late = seen.length > 0 && first > width / 2;
  laws.forEach(([words, wait, style], row) => {
    const y = plot.margin[0] + 12 + 17 * row;
    const { color } = style;
    if (wait > state.steps) plot.text(late ? first - 5 : width, y, `${words}: ${steps(wait)}${wait < Infinity ? " →" : ""}`, { color, anchor: "end" });
    if (!seen.includes(wait)) return;
    plot.line([wait, wait], [SETTLED, TOP], style);
    plot.text(late ? first - 5 : last + 5, y, `${words}: ${steps(wait)}`, { color, anchor: late ? "end" : "start" });
  });
  if (state.depth > 1) {
    const x = plot.px(plain.steps.at(-1));
    plot.line(plain.steps, plain.loss, { color: 1, dash: [5, 4] });
    // A run that diverges climbs to the right, so there is room on its left.
    if (plain.diverged >= 0 && x > plot.margin[3] + 50) plot.text(x - 8, plot.py(1e3), "N = 1", { color: 1, anchor: "end" });
    else plot.text(x + 6, plot.py(plain.diverged < 0 ? 1e-6 : 100), "N = 1", { color: 1 });
  }
  const color = state.depth > 1 ? 2 : 1;
  plot.line(run.steps, run.loss, { color, width: 2.6 });
  if (run.left >= 0) plot.dots([run.left], [LEFT], 4, { color });
  const name = `N = ${state.depth}`;
  if (run.diverged >= 0) {
    plot.cross(plot.px(run.diverged), plot.margin[0] + 6, 5, { color });
    const x = plot.px(run.diverged);
    const end = x > width / 2;
    plot.text(x + (end ? -10 : 10), plot.margin[0] + 56, `${name} diverges`, { color, anchor: end ? "end" : "start" });
  } else plot.text(plot.px(0) + 6, plot.py(run.loss[0]) - 8, name, { color });
  plot.describe(() => `Loss against steps, both logarithmic. ${sentenceOf(state, run)}`);
}

function drawLayers(plot, width, state, run) {
  const low = Math.max(Math.min(state.scale / 30, 0.01), 1e-5);
  plot.begin(width, stepsAxis(state.steps), log(low, 10), "step", "size of each layer |Wⱼ|");
  const sizes = run.layers;
  for (let j = sizes.length - 1; j >= 0; j--) plot.line(run.steps, sizes[j], j ? { color: 4, width: 1.4 } : { color: 5, width: 2.6 });
  const [first, last] = [sizes[0], sizes.at(-1)];
  plot.text(plot.px(0) + 4, plot.py(first[0]) - 7, "|W₁|", { color: 5 });
  if (sizes.length > 1) plot.text(plot.px(0) + 4, plot.py(last[0]) + 16, `|W${below(sizes.length)}|`, { color: 4 });
  if (run.flip >= FEW) plot.text(plot.px(run.flip), plot.py(low) - 8, `W${below(run.flipped)} = 0`, { color: 4, anchor: "middle" });
  plot.describe(() => `Size of each layer against steps. Layer 1, the vector, goes from ${short(first[0])} to ${short(first.at(-1))}, layer ${sizes.length} from ${short(last[0])} to ${short(last.at(-1))}.`);
}

const below = (n) => [...String(n)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");

function build(frame) {
  const margin = [12, 24, 40, 52];
  const curves = new Plot({ height: 300, margin, title: "Loss against steps" });
  const layers = new Plot({ height: 300, margin, title: "Size of each layer against steps" });
  const rates = comparison(frame);
  let [plainKey, plain] = ["", null]; // the run of depth 1, and what it depends on
  let shown = {};
  return {
    panels: [curves.element, layers.element],
    actions: [button("Best rate for each depth", rates.ask, { className: "dlx-main" })],
    below: [rates.element],
    shown: () => ({ ...shown, ...rates.shown() }),
    destroy: rates.stop,
    draw(state, width) {
      const run = compute(state);
      const own = { ...state, depth: 1 };
      if (JSON.stringify(own) !== plainKey) plain = compute(own);
      plainKey = JSON.stringify(own);
      const each = eachOfTwo(width);
      drawLoss(curves, each, state, run, plain);
      drawLayers(layers, each, state, run);
      rates.follow(state);
      shown = { run, plain };
      return sentenceOf(state, run);
    },
  };
}

const NONE = -3.05; // where the slider of the noise means zero

export default explorable({
  name: "PlateauLab",
  lines: 3,
  names: ["depth", "learning_rate", "scale", "identity", "target", "seed", "steps"],
  note: "The plateau ends, here, when the loss has halved (dotted). The law takes the gradient as constant and the layers as they are; balanced is the same for equal layers with the same |w|.",
  build,
  presets: [
    ["depth 4, near zero", {}],
    ["one layer more", { depth: 5 }],
    ["depth 8", { depth: 8 }],
    ["ones on the diagonal", { depth: 8, identity: 1, learning_rate: 0.1 }],
    ["the opposite target", { identity: 1, scale: 0.01, target: "opposite" }],
  ],
  controls: [
    slider("Depth N", { name: "depth", min: 1, max: 16, step: 1, format: ({ depth }) => String(depth) }),
    logSlider("Learning rate η", { name: "learning_rate", min: 1e-3, max: 1000, format: (state) => short(state.learning_rate) }),
    slider("Noise σ", {
      name: "scale",
      min: NONE,
      max: 0,
      step: 0.05,
      read: ({ scale }) => (scale ? Math.log10(scale) : NONE),
      write: (at) => ({ scale: at < -3.01 ? 0 : Number((10 ** at).toPrecision(3)) }),
      format: ({ scale }) => (scale ? short(scale) : "none"),
    }),
    slider("Identity, times", { name: "identity", min: 0, max: 1, step: 0.05, format: ({ identity }) => short(identity) }),
    choice("Target", {
      name: "target",
      options: [
        ["ahead", "ahead: 60° from the identity"],
        ["behind", "behind: 120°"],
        ["opposite", "opposite: 180°"],
      ],
    }),
    slider("Seed of the noise", { name: "seed", min: 0, max: 99, step: 1, format: ({ seed }) => String(seed) }),
  ],
});
