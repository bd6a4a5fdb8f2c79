// GasSensorLab: a run trains in a worker and is drawn as it goes, in front of the recorded runs; beside it, its walk to the edge.
import { button, choice, logSlider, slider } from "./controls.mjs";
import { labelCurves } from "./drawing/labels.mjs";
import { Plot, eachOfTwo } from "./drawing/plot.mjs";
import { log, stepsAxis } from "./drawing/scales.mjs";
import { explorable } from "./explorable.mjs";
import { comparison } from "./gas_sensor_rates.mjs";
import { power, short, whole } from "./numbers.mjs";
import { LIMITS } from "./numerics/gas_sensor.mjs";
import { live } from "./numerics/gas_sensor_live.mjs";
import { usualRate } from "./numerics/gas_sensor_rates.mjs";

const OPTIMIZERS = { gd: "gradient descent", momentum: "momentum 0.9", adagrad: "AdaGrad", adam: "Adam" };
const SUDDEN = 30; // a run that diverges by then never had a chance

/** Colours of the depths: 1, 2, 3, and deeper. */
const colorOf = (depth) => Math.min(depth, 4);

/** Steps up to `longest`; on a narrow plot every second label. */
function stepsOf(longest, width) {
  const axis = stepsAxis(longest);
  return width < 340 ? { ...axis, ticks: axis.ticks.filter((_, i) => i % 2 === 0) } : axis;
}

const lowest = (distance) => distance.reduce((best, value, i) => (value < distance[best] ? i : best), 0);

function sentenceOf({ depth, learning_rate: rate, optimizer, p }, { steps, distance, edge, diverged }, running) {
  const who = `Depth ${depth} at ${short(rate)}${optimizer === "gd" ? "" : ` with ${OPTIMIZERS[optimizer]}`}`;
  if (diverged >= 0 && diverged < SUDDEN) return `${who} diverges at step ${diverged}: on ℓ${p} this rate is too large from the start.`;
  const best = lowest(distance);
  if (diverged >= 0) return `${who} is down to ${short(distance[best])} after ${whole(steps[best])} steps and diverges at step ${whole(diverged)}.`;
  const [end, t] = [distance.at(-1), whole(steps.at(-1))];
  if (running) return `${who} is at ${short(end)} after ${t} steps …`;
  if (end > 0.95 * distance[0]) return `${who} has not left its plateau after ${t} steps: the distance is still ${short(end)}.`;
  const tenth = steps.findLastIndex((step) => step <= steps.at(-1) / 10);
  const part = edge && edge.at(-1) / LIMITS[optimizer];
  const where = !edge ? "." : part > 0.9 ? ": its step is at the edge of stability." : `; its step is at ${short(100 * part, 2)} % of the edge of stability.`;
  return `${who} is at ${short(distance[tenth])} after ${whole(steps[tenth])} steps and at ${short(end)} after ${t}${where}`;
}

function drawCurves(plot, width, state, { run, running }, records, longest) {
  const { p, depth } = state;
  const positive = run.distance.map((value) => Math.max(value, 1e-12));
  const decade = (x, round) => 10 ** round(Math.log10(x));
  const kept = records[p];
  const floor = Math.min(1e-2, positive[lowest(positive)] ?? 1, ...(kept?.curves.flat() ?? []));
  const first = run.distance[0] ?? kept?.curves[0][0] ?? 1;
  plot.begin(width, stepsOf(longest, width), log(decade(floor, Math.floor), decade(first, Math.ceil) * 10), "step", `mean ${power("|r|", p)} − optimum`);
  const curves = (kept?.curves ?? []).map((ys, i) => ({ xs: kept.steps, ys, color: i + 1, name: `N = ${i + 1}` }));
  for (const { xs, ys, color } of curves) plot.line(xs, ys, { color, dash: [4, 3], width: 1.3, alpha: 0.8 });
  const color = colorOf(depth);
  const name = `depth ${depth}`;
  plot.line(run.steps, positive, { color, width: 2.6 });
  if (run.diverged >= 0) {
    const x = plot.px(run.steps.at(-1));
    plot.cross(x, plot.margin[0] + 6, 5, { color });
    plot.text(x + 10, plot.margin[0] + 11, `${name} diverges`, { color });
  }
  if (run.steps.length) curves.unshift({ xs: run.steps, ys: positive, color, name: run.diverged < 0 && name, at: 0 });
  labelCurves(plot, curves);
  if (!run.steps.length) return;
  plot.describe(() => `Distance from the optimum against steps; dashed, runs on all of the data. ${sentenceOf(state, run, running)}`);
}

function drawEdge(plot, width, { optimizer, depth }, { run }, longest) {
  const limit = LIMITS[optimizer];
  plot.begin(width, stepsOf(longest, width), log(1e-2, 10), "step", "learning rate × largest curvature");
  if (!limit) {
    const words = "An adaptive method has no single edge.";
    plot.text(plot.px(1), plot.py(0.4), words);
    plot.describe(() => words);
    return;
  }
  plot.line([0, longest], [limit, limit], { dash: [5, 4], width: 1.4 });
  plot.text(plot.px(longest), plot.py(limit) - 7, `unstable above ${short(limit)}`, { anchor: "end" });
  const color = colorOf(depth);
  const edge = (run.edge ?? []).map((value) => Math.min(value, 1e6));
  if (!edge.length) return;
  plot.line(run.steps, edge, { color, width: 2.2 });
  const last = edge.findLast((value) => value < 1e6) ?? limit;
  plot.text(plot.px(run.steps.at(-1)) + 6, plot.py(Math.min(Math.max(last, 0.02), 5)) + 16, `depth ${depth}`, { color });
  plot.describe(() => `Learning rate times the largest curvature, ${short(last)} at the end; steps are unstable above ${short(limit)}.`);
}

const NOTHING = { run: { steps: [], distance: [], edge: [], diverged: -1 }, running: true };

let known; // the numbers that come with every figure of this kind

function build({ change, announce, redraw, data }) {
  known = data;
  const curves = new Plot({ height: 300, title: "Distance against steps" });
  const edge = new Plot({ height: 300, title: "Curvature against steps" });
  const rates = comparison({ change, announce, redraw, data });
  let asked = "";
  let latest; // the state that was asked for last
  let shown; // the newest news of a run, with the state it belongs to
  let running = true;
  let [drawn, said] = [0, ""]; // the width of the picture, and its sentence
  const training = live("train", (run, more) => {
    shown = { state: latest, run, running: more };
    running = more;
    redraw();
  });
  return {
    panels: [curves.element, edge.element],
    actions: [button("Best rate for each depth", rates.ask, { className: "dlx-main" })],
    below: [rates.element],
    shown: () => ({ run: shown?.run, running: running || rates.running(), comparison: rates.shown() }),
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
      const longest = Math.max(state.steps, ...Object.values(data.records).map(({ steps }) => steps.at(-1)));
      const each = eachOfTwo(width);
      drawCurves(curves, each, now, news, data.records, longest);
      drawEdge(edge, each, now, news, longest);
      [drawn, said] = [width, news.run.steps.length ? sentenceOf(now, news.run, news.running) : "Training begins."];
      return said;
    },
  };
}

export default explorable({
  name: "GasSensorLab",
  names: ["p", "depth", "learning_rate", "optimizer", "start", "seed", "steps"],
  note: "192 made-up rows and 16 directions with the second moments of the real data: on ℓ2 their curves are the real ones to a few percent; on ℓ4 the same things happen, at lower values. Dashed: recorded runs on all 2,565 rows, at each depth's best rate for a million steps.",
  build,
  /** Another problem or optimizer has rates of another size: the rate keeps its place among them. */
  adjust(patch, state) {
    const next = { ...state, ...patch };
    if ("learning_rate" in patch || (next.p === state.p && next.optimizer === state.optimizer)) return {};
    const rate = (state.learning_rate / usualRate(state, known)) * usualRate(next, known);
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
    slider("Power p", { name: "p", min: 2, max: 6, step: 1, format: ({ p }) => `ℓ${p}` }),
    slider("Depth N", { name: "depth", min: 1, max: 8, step: 1, format: ({ depth }) => String(depth) }),
    logSlider("Learning rate η", { name: "learning_rate", min: 1e-5, max: 1, format: (state) => short(state.learning_rate) }),
    choice("Optimizer", { name: "optimizer", options: Object.entries(OPTIMIZERS) }),
    choice("Start", { name: "start", options: [["near-zero", "near zero"], ["identity", "near the identity"]] }),
    slider("Seed of the start", { name: "seed", min: 0, max: 9, step: 1, format: ({ seed }) => String(seed) }),
  ],
});
