// TwoPointLab: a run in the plane of the two weights, its loss beside plain descent's, and the fair comparison of all methods.
import { button, choice, logSlider, slider } from "./controls.mjs";
import { Plot, eachOfTwo } from "./drawing/plot.mjs";
import { linear, log, stepsAxis } from "./drawing/scales.mjs";
import { explorable } from "./explorable.mjs";
import { short, whole } from "./numbers.mjs";
import { compute } from "./numerics/two_point.mjs";
import { contour, problemOf, stableRate } from "./numerics/two_point_problem.mjs";
import { METHODS, layered } from "./two_point_methods.mjs";
import { comparison } from "./two_point_rates.mjs";

const NAMES = ["p", "depth", "ratio", "learning_rate", "method", "scale", "direction", "goal", "steps"];
const three = (x) => Number(x.toPrecision(3));
const times = (a, b) => `${short(a / b, 2)} times`;

/** Plain descent at half its stable rate, where coordinate 1 lands at once: close to the best it can do. */
function plainDescent(state) {
  const own = { ...state, method: "gd" };
  return { ...own, learning_rate: three(stableRate(own) / 2) };
}

function sentenceOf(state, run, plain) {
  const who = METHODS[state.method].subject(state.depth);
  const goal = `a loss of ${short(state.goal)}`;
  if (run.diverged >= 0) return `${who} diverges at step ${whole(run.diverged)}: the learning rate is too large.`;
  if (run.reached < 0) return `${who} has not reached ${goal} after ${whole(run.steps.at(-1))} steps; the loss is ${short(run.loss.at(-1))}.`;
  const says = `${who} reaches ${goal} after ${whole(run.reached)} step${run.reached === 1 ? "" : "s"}`;
  const plainly = "plain gradient descent at its own rate";
  if (state.method === "gd") return `${says}.`;
  if (plain.reached < 0) return `${says}; ${plainly} does not within ${whole(state.steps)}.`;
  const [a, b] = [Math.max(run.reached, 1), Math.max(plain.reached, 1)];
  const pace = a === b ? "as fast as" : a < b ? `${times(b, a)} faster than` : `${times(a, b)} slower than`;
  return `${says}, ${pace} ${plainly} (${whole(plain.reached)}).`;
}

function drawPlane(plot, width, state, run, plain) {
  const problem = problemOf(state);
  const [y1, y2] = problem.targets;
  plot.begin(width, linear(-0.3 * y1, 1.5 * y1), linear(-0.3 * y2, 1.5 * y2), "weight w₁", "weight w₂");
  const top = Math.ceil(Math.log10(problem.loss(problem.start))) + 1;
  for (let k = 0; k < 8; k++) {
    plot.line(...contour(problem, 10 ** (top - k)), { width: 0.7, alpha: 0.16, close: true, fill: 0.045 });
  }
  if (state.method !== "gd") plot.line(plain.w1, plain.w2, { color: 1, dash: [5, 4] });
  const { color } = METHODS[state.method];
  plot.line(run.w1, run.w2, { color, width: 2.6 });
  plot.dots(run.w1, run.w2, 2.2, { color });
  plot.dots([problem.start[0]], [problem.start[1]], 4, { hollow: true });
  plot.text(plot.px(problem.start[0]) - 8, plot.py(problem.start[1]) + 16, "start", { anchor: "end" });
  plot.cross(plot.px(y1), plot.py(y2), 5);
  plot.text(plot.px(y1) + 10, plot.py(y2) - 8, "target y");
  plot.describe(() => `Plane of the two weights. The path starts at (${problem.start.map((w) => short(w)).join(", ")}) and ends at (${short(run.w1.at(-1))}, ${short(run.w2.at(-1))}); the target is (${short(y1)}, 1).`);
}

function drawLoss(plot, width, state, run, plain) {
  const { goal, steps, method } = state;
  const first = run.loss[0];
  const y = log(goal * 1e-3, Math.max(first, goal) * 300);
  plot.begin(width, stepsAxis(steps), y, "step", "loss L(w)");
  const [left, right] = [plot.px(0), plot.px(steps)];
  plot.line([0, steps], [goal, goal], { width: 1, dash: [1.5, 3], alpha: 0.75 });
  plot.text(left + 4, plot.py(goal) - 5, `goal ${short(goal)}`);
  const curve = ({ steps: t, loss, reached, diverged }, color, label, style, lift) => {
    const floor = goal * 1e-9;
    plot.line(t, loss.map((value) => Math.min(Math.max(value, floor), first * 1e30)), { color, ...style });
    if (diverged >= 0) {
      const x = plot.px(diverged);
      plot.cross(x, plot.margin[0] + 6, 5, { color });
      plot.text(x + 10, plot.margin[0] + 10 + (lift < 0 ? 0 : 16), `${label} diverges`, { color });
    } else if (reached >= 0) {
      plot.dots([reached], [goal], 4, { color });
      const words = `${label}: ${whole(reached)}`;
      const x = plot.px(reached);
      const anchor = x > (left + right) / 2 ? "end" : "start";
      const [from, to] = anchor === "end" ? [x - 7 * words.length, x] : [x, x + 7 * words.length];
      const above = () => Math.min(...[run, plain].map((one) => plot.highest(one.steps, one.loss, from, to))) - 9;
      plot.text(x, lift < 0 ? above() : plot.py(goal) + 20, words, { color, anchor });
    } else plot.text(right, plot.py(Math.max(loss.at(-1), goal * 1e-3)) + (lift < 0 ? -8 : 18), label, { color, anchor: "end" });
  };
  if (method !== "gd") curve(plain, 1, "plain descent", { dash: [5, 4] }, -1);
  curve(run, METHODS[method].color, METHODS[method].label(state.depth), { width: 2.6 }, 1);
  plot.describe(() => `Loss against steps, both logarithmic. ${sentenceOf(state, run, plain)}`);
}

function build(frame) {
  const plane = new Plot({ height: 300, title: "Plane of the two weights" });
  const curves = new Plot({ height: 300, title: "Loss against steps" });
  const rates = comparison(frame);
  let plainKey = "";
  let plain;
  let shown = {};
  return {
    panels: [plane.element, curves.element],
    actions: [button("Best rate for each method", () => rates.ask(), { className: "dlx-main" })],
    below: [rates.element],
    shown: () => ({ ...shown, comparison: rates.shown() }),
    destroy: () => rates.stop(),
    draw(state, width) {
      const run = compute(state);
      const own = plainDescent(state);
      const key = JSON.stringify({ ...own, depth: 0 });
      if (key !== plainKey) plain = compute(own);
      plainKey = key;
      const each = eachOfTwo(width);
      drawPlane(plane, each, state, run, plain);
      drawLoss(curves, each, state, run, plain);
      rates.follow(state, width);
      shown = { run, plain };
      return sentenceOf(state, run, plain);
    },
  };
}

/** Another problem or method has another stable rate: the rate moves with it, to at most half of it. */
function adjust(patch, state) {
  const next = { ...state, ...patch };
  const [before, after] = [stableRate(state), stableRate(next)];
  if ("learning_rate" in patch || (before === after && state.method === next.method)) return {};
  return { learning_rate: three(Math.min(state.learning_rate / before, 0.5) * after) };
}

export default explorable({
  name: "TwoPointLab",
  names: NAMES,
  note: "The multiple beside the rate is of the stable rate, the largest at which the way along w₁ is stable. A new problem or method keeps it, or 0.5× if that is less; plain descent (dashed) always runs at 0.5×.",
  build,
  adjust,
  presets: [
    ["p = 2: depth buys nothing", { p: 2, learning_rate: 5e-3 }],
    ["p = 4: depth helps", {}],
    ["a lucky rate", { learning_rate: three(10 ** (-27 / 6)) }],
    ["the knife edge", { method: "rule", learning_rate: 5e-4 }],
    ["the network on the edge", { learning_rate: 5e-4 }],
  ],
  controls: [
    choice("Method", { name: "method", options: Object.entries(METHODS).map(([value, { option }]) => [value, option]) }),
    slider("Depth N", { name: "depth", min: 1, max: 8, step: 1, format: ({ depth, method }) => (layered(method) ? String(depth) : "not used"), off: ({ method }) => !layered(method) }),
    slider("Power p", { name: "p", min: 2, max: 8, step: 0.5, format: ({ p }) => short(p) }),
    slider("Learning rate η", {
      name: "learning_rate",
      min: -3,
      max: 3,
      step: 0.01,
      read: (state) => Math.log10(state.learning_rate / stableRate(state)),
      write: (position, state) => ({ learning_rate: three(stableRate(state) * 10 ** position) }),
      format: (state) => `${short(state.learning_rate)} (${short(state.learning_rate / stableRate(state), 2)}×)`,
    }),
    logSlider("Targets y₁ : y₂", { name: "ratio", min: 1, max: 1000, format: ({ ratio }) => `${short(ratio)} : 1` }),
    logSlider("Start ε = w₁", { name: "scale", min: 1e-3, max: 1, format: ({ scale }) => short(scale) }),
    choice("Direction of the start", { name: "direction", options: [["targets", "towards the target"], ["equal", "both weights equal"]] }),
  ],
});
