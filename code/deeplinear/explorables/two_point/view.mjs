// TwoPointLab: a run in the plane of the two weights, its loss beside plain descent's, and the fair
// comparison of all methods.
import { short } from "../drawing/numbers.mjs";
import { eachOfTwo, Plot } from "../drawing/plot.mjs";
import { button, choice, logSlider, slider } from "../frame/controls.mjs";
import { explorable } from "../frame/host.mjs";
import { layered, OPTIONS } from "./names.mjs";
import { beside, compute } from "./numerics.mjs";
import { drawLoss, drawPlane } from "./panels.mjs";
import { stableRate, three } from "./problem.mjs";
import { bestRates } from "./rates.mjs";
import { sentenceOf } from "./sentence.mjs";

/**
 * @import { Body, Figure, Host } from "../types.d.ts"
 * @import { Run, State } from "./types.d.ts"
 */

/** @type {(host: Host<State>) => Body<State>} */
function build(frame) {
  const plane = new Plot({ height: 300, title: "Plane of the two weights" });
  const curves = new Plot({ height: 300, title: "Loss against steps" });
  const rates = bestRates(frame);
  let plainKey = "";
  /** @type {Run} */
  let plain;
  let shown = {};
  return {
    panels: [plane.element, curves.element],
    actions: [button("Best rate for each method", () => rates.ask(), { className: "dlx-main" })],
    below: [rates.element],
    shown: () => ({ ...shown, running: rates.running(), comparison: rates.shown() }),
    destroy: () => rates.stop(),
    draw(state, width) {
      const run = compute(state);
      const own = beside(state);
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

/**
 * Another problem or method has another stable rate: the rate moves with it, to at most half of it.
 * @type {NonNullable<Figure<State>["adjust"]>}
 */
function adjust(patch, state) {
  const next = { ...state, ...patch };
  const [before, after] = [stableRate(state), stableRate(next)];
  if ("learning_rate" in patch || (before === after && state.method === next.method)) return {};
  return { learning_rate: three(Math.min(state.learning_rate / before, 0.5) * after) };
}

/** @type {Figure<State>} */
const figure = {
  name: "TwoPointLab",
  note:
    "The multiple beside the rate is of the stable rate, the largest at which the way along w₁ " +
    "is stable. A new problem or method keeps it, or 0.5× if that is less; plain descent " +
    "(dashed) always runs at 0.5×.",
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
    choice("Method", { name: "method", options: OPTIONS }),
    slider("Depth N", {
      name: "depth",
      format: ({ depth, method }) => (layered(method) ? String(depth) : "not used"),
      off: ({ method }) => !layered(method),
    }),
    slider("Power p", { name: "p", format: ({ p }) => short(p) }),
    slider("Learning rate η", {
      name: "learning_rate",
      min: -3,
      max: 3,
      step: 0.01,
      read: (state) => Math.log10(state.learning_rate / stableRate(state)),
      write: (position, state) => ({ learning_rate: three(stableRate(state) * 10 ** position) }),
      format: (state) =>
        `${short(state.learning_rate)} (${short(state.learning_rate / stableRate(state), 2)}×)`,
    }),
    logSlider("Targets y₁ : y₂", { name: "ratio", format: ({ ratio }) => `${short(ratio)} : 1` }),
    logSlider("Start ε = w₁", { name: "scale", format: ({ scale }) => short(scale) }),
    choice("Direction of the start", {
      name: "direction",
      options: { targets: "towards the target", equal: "both weights equal" },
    }),
  ],
};

export default explorable(figure);
