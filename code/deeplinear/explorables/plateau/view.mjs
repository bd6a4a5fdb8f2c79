// PlateauLab: the loss of a deep network that waits near zero, with the law of its wait; and the size of each
// layer meanwhile.
import { short } from "../drawing/numbers.mjs";
import { eachOfTwo, Plot } from "../drawing/plot.mjs";
import { button, choice, logSlider, slider } from "../frame/controls.mjs";
import { explorable } from "../frame/host.mjs";
import { compute } from "./numerics.mjs";
import { drawLayers, drawLoss } from "./panels.mjs";
import { bestRates } from "./rates.mjs";
import { sentenceOf } from "./sentence.mjs";

/**
 * @import { Body, Figure, Host } from "../types.d.ts"
 * @import { Run, State } from "./types.d.ts"
 */

/** @type {(host: Host<State>) => Body<State>} */
function build(frame) {
  const margin = [12, 24, 40, 52];
  const curves = new Plot({ height: 300, margin, title: "Loss against steps" });
  const layers = new Plot({ height: 300, margin, title: "Size of each layer against steps" });
  const rates = bestRates(frame);
  let plainKey = "";
  /** @type {Run} */
  let plain; // the run of depth 1, and what it depends on
  let shown = {};
  return {
    panels: [curves.element, layers.element],
    actions: [button("Best rate for each depth", rates.ask, { className: "dlx-main" })],
    below: [rates.element],
    shown: () => ({ ...shown, running: rates.running(), comparison: rates.shown() }),
    destroy: rates.stop,
    draw(state, width) {
      const run = compute(state);
      const own = { ...state, depth: 1 };
      if (JSON.stringify(own) !== plainKey) plain = compute(own);
      plainKey = JSON.stringify(own);
      const each = eachOfTwo(width);
      drawLoss(curves, each, state, run, plain);
      drawLayers(layers, each, state, run);
      rates.follow(state, width);
      shown = { run, plain };
      return sentenceOf(state, run);
    },
  };
}

const NONE = -3.05; // where the slider of the noise means zero

/** @type {Figure<State>} */
const figure = {
  name: "PlateauLab",
  lines: 3,
  note:
    "The plateau ends, here, when the loss has halved (dotted). The law takes the gradient as " +
    "constant and the layers as they are; balanced is the same for equal layers with the same " +
    "|w|.",
  build,
  presets: [
    ["depth 4, near zero", {}],
    ["one layer more", { depth: 5 }],
    ["depth 8", { depth: 8 }],
    ["ones on the diagonal", { depth: 8, identity: 1, learning_rate: 0.1 }],
    ["the opposite target", { identity: 1, scale: 0.01, target: "opposite" }],
  ],
  controls: [
    slider("Depth N", { name: "depth", format: ({ depth }) => String(depth) }),
    logSlider("Learning rate η", {
      name: "learning_rate",
      format: (state) => short(state.learning_rate),
    }),
    slider("Noise σ", {
      name: "scale",
      min: NONE,
      max: 0,
      step: 0.05,
      read: ({ scale }) => (scale ? Math.log10(scale) : NONE),
      write: (at) => ({ scale: at < -3.01 ? 0 : Number((10 ** at).toPrecision(3)) }),
      format: ({ scale }) => (scale ? short(scale) : "none"),
    }),
    slider("Identity, times", { name: "identity", format: ({ identity }) => short(identity) }),
    choice("Target", {
      name: "target",
      options: {
        ahead: "ahead: 60° from the identity",
        behind: "behind: 120°",
        opposite: "opposite: 180°",
      },
    }),
    slider("Seed of the noise", { name: "seed", format: ({ seed }) => String(seed) }),
  ],
};

export default explorable(figure);
