// ScalarLab: one number as a product of several. Its way to the target, its adaptive step, and what one step remembers.
import { short } from "../drawing/numbers.mjs";
import { eachOfTwo, Plot } from "../drawing/plot.mjs";
import { linear } from "../drawing/scales.mjs";
import { h, logSlider, slider } from "../frame/controls.mjs";
import { explorable } from "../frame/host.mjs";
import { compute } from "./numerics.mjs";
import { drawMemory, drawPaths, drawRates } from "./panels.mjs";
import { sentenceOf } from "./sentence.mjs";

/**
 * @import { Body, Figure } from "../types.d.ts"
 * @import { Run, State } from "./types.d.ts"
 */

/** @type {() => Body<State>} */
function build() {
  const paths = new Plot({ height: 330, title: "Product against time" });
  const rates = new Plot({
    height: 112,
    margin: [10, 14, 8, 60],
    title: "Adaptive step against time",
  });
  const weights = new Plot({
    height: 218,
    margin: [12, 14, 40, 60],
    title: "Weights of past gradients",
  });
  /** @type {Run | undefined} */
  let run;
  return {
    panels: [paths.element, h("div", {}, rates.element, weights.element)],
    shown: () => ({ run }),
    draw(state, width) {
      run = compute(state);
      const each = eachOfTwo(width);
      const clock = linear(0, Math.max(state.time, state.learning_rate));
      drawPaths(paths, each, state, run, clock);
      drawRates(rates, each, state, run, clock);
      drawMemory(weights, each, state, run, clock);
      return sentenceOf(state, run);
    },
  };
}

/** @type {Figure<State>} */
const figure = {
  name: "ScalarLab",
  lines: 3,
  note:
    "Settled: within 0.01 of the target, to stay. All factors start equal but w₁, which differs " +
    "by the imbalance D = w₂² − w₁². Each step is exactly w⁺ = (1 − γ)w − ρ∇ with ρ = η a a⁺, " +
    "where a is the product of w₂, w₃, … before the step and a⁺ after it: the chapter's ρ and " +
    "its term in η² in one. A dot on the path has the colour of the memory of its step.",
  build,
  presets: [
    ["momentum", {}],
    ["a brake after the overshoot", { depth: 3, learning_rate: 0.6, moment: 0.55 }],
    ["imbalance is faster", { imbalance: 1 }],
    ["a negative start", { start: -0.5 }],
    ["weight decay", { weight_decay: 0.2, moment: 0.8 }],
  ],
  controls: [
    slider("Depth N", { name: "depth", format: ({ depth }) => String(depth) }),
    slider("Start w(0)", { name: "start", format: ({ start }) => short(start) }),
    slider("Imbalance D", {
      name: "imbalance",
      format: ({ depth, imbalance }) => (depth > 1 ? short(imbalance) : "not used"),
      off: ({ depth }) => depth === 1,
    }),
    logSlider("Learning rate η", {
      name: "learning_rate",
      format: ({ learning_rate: rate }) => short(rate),
    }),
    slider("Weight decay λ", {
      name: "weight_decay",
      format: ({ weight_decay: decay }) => short(decay),
    }),
    slider("Step looked at", {
      name: "moment",
      format: ({ moment }) => `at ${Math.round(100 * moment)} % of the run`,
    }),
    logSlider("Length of the run", { name: "time", format: ({ time }) => `time ${short(time)}` }),
  ],
};

export default explorable(figure);
