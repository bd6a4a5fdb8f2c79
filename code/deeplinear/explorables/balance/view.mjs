// BalanceDrift: the imbalance of a network under gradient descent over the flow's law, and its product beside
// the end-to-end rule.
import { short } from "../drawing/numbers.mjs";
import { eachOfTwo, Plot } from "../drawing/plot.mjs";
import { choice, logSlider, slider } from "../frame/controls.mjs";
import { explorable } from "../frame/host.mjs";
import { compute } from "./numerics.mjs";
import { drawImbalance, drawProducts } from "./panels.mjs";
import { sentenceOf } from "./sentence.mjs";

/**
 * @import { Body, Figure } from "../types.d.ts"
 * @import { Run, State } from "./types.d.ts"
 */

/** @type {() => Body<State>} */
function build() {
  const layers = new Plot({ height: 290, title: "Imbalance against time" });
  const products = new Plot({ height: 290, title: "Loss of network and rule against time" });
  /** @type {Run | undefined} */
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

/** @type {Figure<State>} */
const figure = {
  name: "BalanceDrift",
  lines: 3,
  note:
    "A network of N layers learns a 4 × 5 map of singular values 2, 1.5, 1 and 0.5 on the loss " +
    "½‖W − M‖². The rule starts at the network's product; their distance is ‖W − W_rule‖/‖W‖. A " +
    "single layer has no neighbour, so depth begins at 2. A balanced start has the rank that the " +
    "width allows; near zero is a standard deviation of 0.1; what is below 10⁻¹⁴ of the layers " +
    "is rounding.",
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
      options: {
        balanced: "balanced",
        "near-zero": "near zero",
        identity: "ones on the diagonals",
        xavier: "random (Xavier)",
      },
    }),
    slider("Depth N", { name: "depth", format: ({ depth }) => String(depth) }),
    slider("Hidden width", { name: "width", format: ({ width }) => String(width) }),
    logSlider("Learning rate η", {
      name: "learning_rate",
      format: ({ learning_rate }) => short(learning_rate),
    }),
    slider("Weight decay λ", {
      name: "weight_decay",
      format: ({ weight_decay }) => short(weight_decay),
    }),
    slider("Seed", {
      name: "seed",
      format: ({ seed, start }) => (start === "identity" ? "not used" : String(seed)),
      off: ({ start }) => start === "identity",
    }),
  ],
};

export default explorable(figure);
