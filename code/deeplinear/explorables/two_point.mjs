// TwoPointLab: a run in the plane of the two weights, its loss beside plain descent's, and the fair comparison of all methods.
import { button, choice, logSlider, slider } from "./controls.mjs";
import { Plot } from "./drawing/plot.mjs";
import { linear, log, stepsAxis } from "./drawing/scales.mjs";
import { explorable } from "./explorable.mjs";
import { short, whole } from "./numbers.mjs";
import { trajectory } from "./numerics/trajectory.mjs";
import { contour, problemOf, stableRate } from "./numerics/two_point.mjs";
import { METHODS, layered } from "./two_point_methods.mjs";
import { comparison } from "./two_point_rates.mjs";

const NAMES = ["p", "depth", "ratio", "learning_rate", "method", "scale", "direction", "goal", "steps"];
const BOUNDS = { p: [2, 8], depth: [1, 8], ratio: [1, 1000], learning_rate: [1e-300, 1e300], scale: [1e-3, 1], goal: [1e-12, 1e3], steps: [1, 1e5] };
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
    const curve = contour(problem, 10 ** (top - k));
    plot.line(`level ${k}`, curve.map(([x]) => x), curve.map(([, y]) => y), "dlx-level", true);
  }
  if (state.method !== "gd") plot.line("plain", plain.w1, plain.w2, "dlx-line dlx-c1 dlx-dashed");
  const color = METHODS[state.method].color;
  plot.line("path", run.w1, run.w2, `dlx-line dlx-thick dlx-c${color}`);
  plot.dots("stops", run.w1, run.w2, 2.2, `dlx-dot dlx-c${color}`);
  plot.dots("start", [problem.start[0]], [problem.start[1]], 4, "dlx-start");
  plot.text("start name", plot.px(problem.start[0]) - 8, plot.py(problem.start[1]) + 16, "start", "dlx-note", "end");
  plot.cross("target", plot.px(y1), plot.py(y2), 5, "dlx-target");
  plot.text("target name", plot.px(y1) + 10, plot.py(y2) - 8, "target y", "dlx-note");
  plot.describe(`Plane of the two weights. The path starts at (${problem.start.map((w) => short(w)).join(", ")}) and ends at (${short(run.w1.at(-1))}, ${short(run.w2.at(-1))}); the target is (${short(y1)}, 1).`);
  plot.end();
}

function drawLoss(plot, width, state, run, plain) {
  const { goal, steps, method } = state;
  const first = run.loss[0];
  const y = log(goal * 1e-3, Math.max(first, goal) * 300);
  plot.begin(width, stepsAxis(steps), y, "step", "loss L(w)");
  const [left, right] = [plot.px(0), plot.px(steps)];
  plot.line("goal", [0, steps], [goal, goal], "dlx-goal");
  plot.text("goal name", left + 4, plot.py(goal) - 5, `goal ${short(goal)}`, "dlx-note");
  const curve = (name, { steps: t, loss, reached, diverged }, color, label, style, lift) => {
    const floor = goal * 1e-9;
    plot.line(name, t, loss.map((value) => Math.min(Math.max(value, floor), first * 1e30)), `dlx-line dlx-c${color} ${style}`);
    const ink = `dlx-name dlx-i${color}`;
    if (diverged >= 0) {
      const x = plot.px(diverged);
      plot.cross(`${name} end`, x, plot.margin[0] + 6, 5, `dlx-cross dlx-c${color}`);
      plot.text(`${name} name`, x + 10, plot.margin[0] + 10 + (lift < 0 ? 0 : 16), `${label} diverges`, ink);
    } else if (reached >= 0) {
      plot.dots(`${name} end`, [reached], [goal], 4, `dlx-dot dlx-c${color}`);
      const words = `${label}: ${whole(reached)}`;
      const x = plot.px(reached);
      const anchor = x > (left + right) / 2 ? "end" : "start";
      const above = () => plot.highest(t, loss, anchor === "end" ? x - 7 * words.length : x, anchor === "end" ? x : x + 7 * words.length) - 9;
      plot.text(`${name} name`, x, lift < 0 ? above() : plot.py(goal) + 20, words, ink, anchor);
    } else plot.text(`${name} name`, right, plot.py(Math.max(loss.at(-1), goal * 1e-3)) + (lift < 0 ? -8 : 18), label, ink, "end");
  };
  if (method !== "gd") curve("plain", plain, 1, "plain descent", "dlx-dashed", -1);
  curve("run", run, METHODS[method].color, METHODS[method].label(state.depth), "dlx-thick", 1);
  plot.describe(`Loss against steps, both logarithmic. ${sentenceOf(state, run, plain)}`);
  plot.end();
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
      const run = trajectory(state);
      const own = plainDescent(state);
      const key = JSON.stringify({ ...own, depth: 0 });
      if (key !== plainKey) plain = trajectory(own);
      plainKey = key;
      const each = width >= 600 ? (width - 16) / 2 : width;
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
  names: NAMES,
  note: "The multiple beside the rate is of the stable rate, the largest at which the way along w₁ is stable. A new problem or method keeps it, or 0.5× if that is less; plain descent (dashed) always runs at 0.5×.",
  build,
  adjust,
  allowed(name, value) {
    if (name === "method") return Object.hasOwn(METHODS, value);
    if (name === "direction") return value === "targets" || value === "equal";
    if ((name === "depth" || name === "steps") && !Number.isInteger(value)) return false;
    return value >= BOUNDS[name][0] && value <= BOUNDS[name][1];
  },
  python(state) {
    const values = Object.entries(state).map(([name, value]) => `${name}=${typeof value === "string" ? `"${value}"` : value}`);
    return `import deeplinear as dl\n\ndl.explorables.TwoPointLab(${values.join(", ")}).trajectory()`;
  },
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
