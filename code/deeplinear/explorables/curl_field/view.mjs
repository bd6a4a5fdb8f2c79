// CurlField: a walk around the origin in the end-to-end field, and the account of what it gains.
import { short } from "../drawing/numbers.mjs";
import { eachOfTwo, Plot } from "../drawing/plot.mjs";
import { button, choice, logSlider, slider } from "../frame/controls.mjs";
import { explorable } from "../frame/host.mjs";
import { compute } from "./numerics.mjs";
import { drawAccount } from "./panels.mjs";
import { drawPlane } from "./plane.mjs";
import { sentenceOf } from "./sentence.mjs";
import { walker } from "./walker.mjs";

/**
 * @import { Body, Figure, Host } from "../types.d.ts"
 * @import { Run, State } from "./types.d.ts"
 */

/** @type {(host: Host<State>) => Body<State>} */
function build(frame) {
  const plane = new Plot({ height: 330, title: "Plane of the two weights" });
  const account = new Plot({ height: 330, margin: [12, 14, 40, 68], title: "What the walk gains" });
  const round = walker(frame);
  /** @type {{ own: State, run: Run }} */
  let shown;
  return {
    panels: [plane.element, account.element],
    actions: [
      button("Walk around", () => round.press(shown.own, shown.run), { className: "dlx-main" }),
    ],
    shown: () => ({ run: shown.run, running: round.walking() }),
    destroy: () => round.stop(),
    draw(own, width) {
      const state = { ...own, progress: round.progress(own) };
      const run = compute(state);
      const each = eachOfTwo(width);
      drawPlane(plane, Math.min(each, 400), state, run);
      account.height = each < width ? plane.height : 300;
      drawAccount(account, each, state, run);
      shown = { own, run };
      return sentenceOf(state, run);
    },
  };
}

/** @type {Figure<State>} */
const figure = {
  name: "CurlField",
  lines: 3,
  note:
    "Arrows are F, their length the root of its size. Colour is the curl ∂₁F₂ − ∂₂F₁, orange " +
    "where it is positive and blue where it is negative: a round gains all the curl inside it " +
    "(Green's theorem).",
  build,
  presets: [
    ["depth 3: a gain", {}],
    ["depth 2: nothing", { depth: 2 }],
    ["depth 1.5: a loss", { depth: 1.5 }],
    ["a real loss, close to 0", { loss: "l4", outer: 0.1 }],
    ["depth 2, two curvatures", { loss: "anisotropic", depth: 2, span: 90 }],
  ],
  controls: [
    choice("Loss L", {
      name: "loss",
      options: {
        constant: "linear: ⟨c, w⟩",
        isotropic: "square, equal curvatures",
        anisotropic: "square, curvatures 1 and 5",
        l4: "ℓ4, two points",
        homogeneous: "homogeneous of degree 2/N",
      },
    }),
    slider("Depth N", { name: "depth", format: ({ depth }) => short(depth) }),
    slider("Walked", { name: "progress", format: ({ progress }) => `${short(progress)} %` }),
    logSlider("Outer radius R", { name: "outer", format: ({ outer }) => short(outer) }),
    slider("Inner radius r", {
      name: "ratio",
      format: ({ outer, ratio }) => `${short(ratio * outer)} = ${short(ratio)} R`,
    }),
    slider("Angle of the arcs", { name: "span", format: ({ span }) => `${short(span)}°` }),
  ],
};

export default explorable(figure);
