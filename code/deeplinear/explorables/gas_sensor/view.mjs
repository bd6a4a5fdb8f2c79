// GasSensorLab: a run trains in a worker and is drawn as it goes, in front of the recorded runs; beside it,
// its walk to the edge.
import { short } from "../drawing/numbers.mjs";
import { eachOfTwo, Plot } from "../drawing/plot.mjs";
import { button, choice, logSlider, slider } from "../frame/controls.mjs";
import { explorable } from "../frame/host.mjs";
import { live } from "../work/live.mjs";
import { drawCurves, drawEdge } from "./panels.mjs";
import { bestRates } from "./rates.mjs";
import { address, train, usualRate } from "./search.mjs";
import { OPTIMIZERS, sentenceOf } from "./sentence.mjs";

/**
 * @import { Body, Figure, Host } from "../types.d.ts"
 * @import { Data, Run, Seen, State } from "./types.d.ts"
 */

/** @type {Seen} */
const NOTHING = { run: { steps: [], distance: [], edge: [], diverged: -1 }, running: true };
/** @type {(host: Host<State, Data>) => Body<State>} */
function build(frame) {
  const { redraw, data } = frame;
  const curves = new Plot({ height: 300, title: "Distance against steps" });
  const edge = new Plot({ height: 300, title: "Curvature against steps" });
  const rates = bestRates(frame);
  let asked = "";
  /** @type {State} */
  let latest; // the state that was asked for last
  /** @type {(Seen & { state: State }) | undefined} */
  let shown; // the newest news of a run, with the state it belongs to
  let running = true;
  let [drawn, said] = [0, ""]; // the width of the picture, and its sentence
  const training = live(address, train, (run, more) => {
    shown = { state: latest, run, running: more };
    running = more;
    redraw();
  });
  return {
    panels: [curves.element, edge.element],
    actions: [button("Best rate for each depth", rates.ask, { className: "dlx-main" })],
    below: [rates.element],
    shown: () => ({
      run: shown?.run,
      running: running || rates.running(),
      comparison: rates.shown(),
    }),
    destroy() {
      training.stop();
      rates.stop();
    },
    draw(state, width) {
      rates.follow(state, width);
      const key = JSON.stringify(state);
      if (key !== asked) {
        [asked, latest, running] = [key, state, true];
        training.ask(state, data);
        // Until there is news of this state the last one stays in the picture, under its own name.
        if (shown && width === drawn) return said;
      }
      const { state: now, ...news } = shown ?? { state, ...NOTHING };
      const longest = Math.max(
        state.steps,
        ...Object.values(data.records).map(({ steps }) => steps.at(-1)),
      );
      const each = eachOfTwo(width);
      drawCurves(curves, each, now, news, data.records, longest);
      drawEdge(edge, each, now, news, longest);
      [drawn, said] = [
        width,
        news.run.steps.length ? sentenceOf(now, news.run, news.running) : "Training begins.",
      ];
      return said;
    },
  };
}

/** @type {Figure<State, Data>} */
const figure = {
  name: "GasSensorLab",
  note:
    "192 made-up rows and 16 directions with the second moments of the real data: on ℓ2 their " +
    "curves are the real ones to a few percent; on ℓ4 the same things happen, at lower values. " +
    "Dashed: recorded runs on all 2,565 rows, at each depth's best rate for a million steps.",
  build,
  /** Another problem or optimizer has rates of another size: the rate keeps its place among them. */
  adjust(patch, state, data) {
    const next = { ...state, ...patch };
    if ("learning_rate" in patch || (next.p === state.p && next.optimizer === state.optimizer))
      return {};
    const rate = (state.learning_rate / usualRate(state, data)) * usualRate(next, data);
    return { learning_rate: Number(rate.toPrecision(3)) };
  },
  presets: [
    ["ℓ4: depth 1 at its best", { depth: 1, learning_rate: 3.16e-3 }],
    ["ℓ4: depth 2 at its best", { learning_rate: 6.81e-3 }],
    ["best early, dead late", { learning_rate: 1.47e-2 }],
    ["ℓ2: depth 1 at its best", { p: 2, depth: 1, learning_rate: 2.15e-2 }],
    ["ℓ2: depth 2 on the edge", { p: 2, learning_rate: 4.64e-2 }],
  ],
  controls: [
    slider("Power p", { name: "p", format: ({ p }) => `ℓ${p}` }),
    slider("Depth N", { name: "depth", format: ({ depth }) => String(depth) }),
    logSlider("Learning rate η", {
      name: "learning_rate",
      format: (state) => short(state.learning_rate),
    }),
    choice("Optimizer", { name: "optimizer", options: OPTIMIZERS }),
    choice("Start", {
      name: "start",
      options: { "near-zero": "near zero", identity: "near the identity" },
    }),
    slider("Seed of the start", { name: "seed", format: ({ seed }) => String(seed) }),
  ],
};

export default explorable(figure);
