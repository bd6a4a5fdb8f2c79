// CurlField: a walk around the origin in the end-to-end field, and the account of what it gains.
import { button, choice, logSlider, slider } from "./controls.mjs";
import { GAIN, LOSE, WALK, drawPlane } from "./curl_field_plane.mjs";
import { Plot, eachOfTwo } from "./drawing/plot.mjs";
import { linear } from "./drawing/scales.mjs";
import { explorable } from "./explorable.mjs";
import { short } from "./numbers.mjs";
import { PARTS, compute } from "./numerics/curl_field.mjs";

const PIECES = ["in", "small arc", "out", "large arc"];
/** A round takes this many milliseconds to watch. */
const ROUND = 8000;

const gain = (amount) => (amount > 0 ? `gained ${short(amount)}` : amount < 0 ? `lost ${short(-amount)}` : "gained nothing");

function sentenceOf({ loss, depth: N, progress }, run) {
  if (progress < 100) return `At depth ${short(N)} the walk has ${gain(run.gained)} after ${short(progress)} % of the way; a whole round has ${gain(run.total)}.`;
  const after = `At depth ${short(N)} the walk has ${gain(run.total)} after one round`;
  if (run.total === 0) {
    if (run.curl.some((curl) => curl !== 0)) return `${after}, but only because the colours inside cancel. F has curl: narrow the arcs to see it.`;
    const why = loss === "homogeneous" ? ", as for every loss of degree 2/N" : N === 1 ? ": F is ∇L itself" : "";
    return `${after}, to 12 digits, and F has no curl anywhere. It is a gradient${why}.`;
  }
  if (loss === "constant") return `${after}: F is not the gradient of anything.${N < 2 ? " Between depths 1 and 2 the factor (N − 1)(N − 2) is negative." : ""}`;
  const all = Math.abs(run.total - run.constant) < 1e-9 * Math.abs(run.total);
  return `${after}: F is not the gradient of anything. ${all ? "All of it comes from the slope at 0" : `The slope at 0 alone would have ${gain(run.constant)}`}.`;
}

function drawAccount(plot, width, state, run) {
  const length = run.way.at(-1);
  const level = run.constant ?? 0;
  const low = run.running.reduce((least, value) => Math.min(least, value), level);
  const high = run.running.reduce((most, value) => Math.max(most, value), level);
  const room = 0.14 * (high - low);
  plot.begin(width, linear(0, 1.02 * length), linear(low - room, high + 1.6 * room), "way along the curve", "gained so far, ∫⟨F, dw⟩");
  const [left, right] = [plot.px(0), plot.px(length)];
  const top = plot.margin[0];
  plot.line([0, length], [0, 0], { width: 1, alpha: 0.6 });
  for (let piece = 0; piece < 4; piece++) {
    const [from, to] = [run.way[PARTS * piece], run.way[PARTS * (piece + 1)]];
    if (piece) plot.line([from, from], [low - room, high + 1.6 * room], { width: 1, dash: [2, 3], alpha: 0.6 });
    const middle = (plot.px(from) + plot.px(to)) / 2;
    const words = `${piece + 1} ${PIECES[piece]}`;
    const fits = words.length * 7 < plot.px(to) - plot.px(from);
    plot.text(middle, top + 12, fits ? words : String(piece + 1), { color: WALK, anchor: "middle" });
  }
  const done = run.way.findIndex((way) => way >= run.at);
  plot.line([run.at, ...run.way.slice(done)], [run.gained, ...run.running.slice(done)], { color: WALK, width: 1.6, dash: [5, 4] });
  plot.line([...run.way.slice(0, done), run.at], [...run.running.slice(0, done), run.gained], { color: WALK, width: 3.2 });
  if (run.constant !== null) {
    plot.line([0, length], [level, level], { color: 5, width: 1.6, dash: [6, 4] });
    const exact = state.loss === "constant" ? "closed form" : "slope at 0 alone";
    plot.text(left + 5, plot.py(level) + (level < run.total || level < 0 ? 15 : -6), `${exact}: ${short(level)}`, { color: 5 });
  }
  const [x, y] = [plot.px(run.at), plot.py(run.gained)];
  plot.dots([run.at], [run.gained], 5, { color: WALK });
  const late = x > (left + right) / 2;
  const color = run.gained < 0 ? LOSE : run.gained > 0 ? GAIN : WALK;
  plot.text(x + (late ? -8 : 9), y + (run.total < level ? 20 : -9), short(run.gained), { color, anchor: late ? "end" : "start" });
  const parts = () => run.pieces.map((piece, i) => `${PIECES[i]} ${short(piece)}`).join(", ");
  plot.describe(() => `The integral of F along the way. By piece: ${parts()}. ${sentenceOf(state, run)}`);
}

/** Walks a round without touching the state on the way; for readers who want no motion, to the next corner at each press. */
function walker({ change, redraw }) {
  let begin = null; // when the walk began
  let left = 0; // the progress of the state then: a slider that moves it ends the walk
  const toNextCorner = (run, progress) => {
    const corners = [1, 2, 3, 4].map((k) => Math.round((1000 * run.way[PARTS * k]) / run.way.at(-1)) / 10);
    change({ progress: corners.find((corner) => corner > progress) ?? corners[0] });
  };
  return {
    press({ progress }, run) {
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) return toNextCorner(run, progress);
      begin = begin === null ? performance.now() : null;
      left = progress;
      redraw();
    },
    walking: () => begin !== null,
    stop: () => (begin = null),
    /** The progress to draw now, and a request for the next picture. */
    progress(state) {
      if (begin === null || state.progress !== left) {
        begin = null;
        return state.progress;
      }
      const share = (100 * (performance.now() - begin)) / ROUND;
      if (share < 100) {
        redraw();
        return share;
      }
      begin = null;
      if (left !== 100) change({ progress: 100 });
      return 100;
    },
  };
}

function build(frame) {
  const plane = new Plot({ height: 330, title: "Plane of the two weights" });
  const account = new Plot({ height: 330, margin: [12, 14, 40, 68], title: "What the walk gains" });
  const round = walker(frame);
  let shown = {};
  return {
    panels: [plane.element, account.element],
    actions: [button("Walk around", () => round.press(shown.own, shown.run), { className: "dlx-main" })],
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

export default explorable({
  name: "CurlField",
  lines: 3,
  names: ["loss", "depth", "outer", "ratio", "span", "progress"],
  note: "Arrows are F, their length the root of its size. Colour is the curl ∂₁F₂ − ∂₂F₁, orange where it is positive and blue where it is negative: a round gains all the curl inside it (Green's theorem).",
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
      options: [
        ["constant", "linear: ⟨c, w⟩"],
        ["isotropic", "square, equal curvatures"],
        ["anisotropic", "square, curvatures 1 and 5"],
        ["l4", "ℓ4, two points"],
        ["homogeneous", "homogeneous of degree 2/N"],
      ],
    }),
    slider("Depth N", { name: "depth", min: 1, max: 6, step: 0.05, format: ({ depth }) => short(depth) }),
    slider("Walked", { name: "progress", min: 0, max: 100, step: 0.5, format: ({ progress }) => `${short(progress)} %` }),
    logSlider("Outer radius R", { name: "outer", min: 0.02, max: 1.5, format: ({ outer }) => short(outer) }),
    slider("Inner radius r", { name: "ratio", min: 0.05, max: 0.9, step: 0.05, format: ({ outer, ratio }) => `${short(ratio * outer)} = ${short(ratio)} R` }),
    slider("Angle of the arcs", { name: "span", min: 30, max: 180, step: 5, format: ({ span }) => `${short(span)}°` }),
  ],
});
