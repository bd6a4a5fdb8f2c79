// PreconditionerLens: a circle of gradients and the ellipse that the preconditioner makes of it; its
// eigenvalues at all depths.
import { short } from "../drawing/numbers.mjs";
import { eachOfTwo, Plot } from "../drawing/plot.mjs";
import { choice, slider } from "../frame/controls.mjs";
import { explorable } from "../frame/host.mjs";
import { compute } from "./numerics.mjs";
import { COLORS, drawCurves, drawLens } from "./panels.mjs";
import { index, sentenceOf } from "./sentence.mjs";
import { eigenvalueTable } from "./table.mjs";

/**
 * @import { Body, Figure, MakeControl } from "../types.d.ts"
 * @import { Run, State } from "./types.d.ts"
 */

/** @type {() => Body<State>} */
function build() {
  const lens = new Plot({ height: 300, title: "A circle of gradients and its image" });
  const curves = new Plot({
    height: 300,
    margin: [12, 76, 40, 44],
    title: "Eigenvalues against depth",
  });
  const table = eigenvalueTable((r, s) => COLORS[index([r, s])]);
  /** @type {Run | undefined} */
  let run;
  return {
    panels: [lens.element, curves.element, table.element],
    own: [table.own],
    shown: () => ({ run }),
    draw(state, width) {
      run = compute(state);
      const said = sentenceOf(state, run);
      const each = eachOfTwo(width);
      drawLens(lens, each, state, run, said);
      drawCurves(curves, each, state, run);
      table.fill(state, run);
      return said;
    },
  };
}

/** @type {(name: "angle" | "rotation") => (state: State) => string} */
const degrees = (name) => (state) => `${short(state[name], 4)}°`;
/** @type {(label: string, name: "sigma_1" | "sigma_2") => MakeControl<State>} */
const sigma = (label, name) => slider(label, { name, format: (state) => short(state[name]) });

/** @type {Figure<State>} */
const figure = {
  name: "PreconditionerLens",
  lines: 3,
  note:
    "W = σ₁ u₁v₁ᵀ + σ₂ u₂v₂ᵀ is a 2 × 2 matrix. ∇ has length 1; the thin circle is all gradients " +
    "of that length in the plane, the ellipse what P makes of them. Dots are the sums of the " +
    "theorem, dashed lines the closed form for real N.",
  build,
  presets: [
    ["amplify and squeeze", {}],
    ["N : 1", { plane: "11-12", sigma_2: 0, depth: 4, angle: 45 }],
    ["turn u and v", { rotation: 35 }],
    ["a dead direction", { sigma_2: 0 }],
    ["small weights, small steps", { sigma_1: 0.3, sigma_2: 0.1, depth: 4 }],
  ],
  controls: [
    sigma("Singular value σ₁", "sigma_1"),
    sigma("Singular value σ₂", "sigma_2"),
    slider("Depth N", { name: "depth", format: ({ depth }) => String(depth) }),
    choice("Plane of the gradient", {
      name: "plane",
      options: {
        "11-22": "u₁v₁ᵀ and u₂v₂ᵀ: both along W",
        "11-12": "u₁v₁ᵀ and u₁v₂ᵀ: along and across",
        "12-21": "u₁v₂ᵀ and u₂v₁ᵀ: both across",
      },
    }),
    slider("Angle of the gradient", { name: "angle", format: degrees("angle") }),
    slider("Turn of u and v", { name: "rotation", format: degrees("rotation") }),
  ],
};

export default explorable(figure);
