// PreconditionerLens: a circle of gradients and the ellipse that the preconditioner makes of it; its eigenvalues at all depths.
import { choice, slider } from "./controls.mjs";
import { Plot, eachOfTwo } from "./drawing/plot.mjs";
import { linear } from "./drawing/scales.mjs";
import { explorable } from "./explorable.mjs";
import { short } from "./numbers.mjs";
import { closedForm, compute, DEEPEST, PLANES } from "./numerics/preconditioner_lens.mjs";
import { eigenvalueTable } from "./preconditioner_table.mjs";

const NAMES = ["sigma_1", "sigma_2", "depth", "plane", "angle", "rotation"];
const REACHES = [1.25, 1.6, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 10, 12, 16, 20, 25, 30, 40];
const COLORS = { "11": 3, "22": 4, "12": 5, "21": 5 };

/** The first round number that leaves room around these lengths. */
const reachOf = (...lengths) => REACHES.find((reach) => reach >= 1.1 * Math.max(...lengths));
const index = ([r, s]) => `${r + 1}${s + 1}`;
const low = (digits) => [...digits].map((digit) => "₀₁₂"[digit]).join("");
const eigenvalueName = (at) => `λ${low(index(at))}`;
const vectorName = ([r, s]) => `u${low(`${r + 1}`)}v${low(`${s + 1}`)}ᵀ`;

function sentenceOf({ depth, plane, sigma_1, sigma_2 }, { axes, before, amplification, turned }) {
  if (depth === 1) return "One layer: P is the identity, and every gradient stays as it is.";
  if (sigma_1 === 0 && sigma_2 === 0) return `At W = 0 every eigenvalue of depth ${depth} is 0: whatever the gradient, nothing moves.`;
  const names = PLANES[plane].map(vectorName);
  const [a, b] = PLANES[plane].map((at, i) => `${eigenvalueName(at)} = ${short(axes[i])}`);
  if (turned === null) return `W has nothing along ${names[axes[0] === 0 && before[0] !== 0 ? 0 : 1]}, and depth ${depth} cannot start it: P∇ = 0.`;
  const longer = `Depth ${depth} makes the gradient ${short(amplification)} times as long`;
  if (axes[0] === 0 || axes[1] === 0) return `${longer}. Nothing is left along ${names[axes[0] === 0 ? 0 : 1]}, which W does not have (${a}, ${b}).`;
  if (turned === 0) {
    const equal = before[0] !== 0 && before[1] !== 0;
    return `${longer} and does not turn it: ${equal ? "both eigenvalues are equal, the circle stays a circle" : "it is an eigenvector of P"} (${a}, ${b}).`;
  }
  const both = plane === "11-12" ? `${a} is ${short(axes[0] / axes[1])} times ${b}; N = ${depth} times is the most` : `${a}, ${b}`;
  return `${longer} and turns it by ${short(turned)}° towards ${names[axes[0] > axes[1] ? 0 : 1]} (${both}).`;
}

const CIRCLE = Array.from({ length: 97 }, (_, i) => (i * Math.PI) / 48);
const COS = CIRCLE.map(Math.cos);
const SIN = CIRCLE.map(Math.sin);

function drawLens(plot, width, { plane, angle }, { axes, before, after, turned }, said) {
  const pair = PLANES[plane];
  const [top, right, bottom, left] = plot.margin;
  const shape = (width - left - right) / (plot.height - top - bottom); // one unit is as long across as up
  const reach = reachOf(1, axes[0] / shape, axes[1]);
  plot.begin(width, linear(-reach * shape, reach * shape, 5), linear(-reach, reach, 5), `part along ${vectorName(pair[0])}`, `part along ${vectorName(pair[1])}`);
  plot.line(COS, SIN, { width: 1, alpha: 0.55 });
  plot.line(COS.map((c) => axes[0] * c), SIN.map((s) => axes[1] * s), { color: 2, width: 1.4, close: true, fill: 0.09 });
  // The half axes, named on the side that the arrow leaves free.
  const sides = before.map((part) => (part > 0 ? -1 : 1));
  const ends = [[axes[0] * sides[0], 0], [0, axes[1] * sides[1]]];
  ends.forEach(([x, y], i) => plot.line([0, x], [0, y], { color: COLORS[index(pair[i])], width: 2.4, dash: [5, 3] }));
  plot.arrow(0, 0, before[0], before[1], { color: 1, width: 2.2 });
  plot.arrow(0, 0, after[0], after[1], { color: 2, width: 3, head: 10 });
  if (turned === null) plot.dots([0], [0], 4, { color: 2 });
  if (turned >= 20) drawTurn(plot, angle, before, after, turned);
  for (const [tip, color, name] of [[before, 1, "∇"], [after, 2, "P∇"]]) {
    const away = tip[0] >= 0 ? 1 : -1;
    plot.text(plot.px(tip[0]) + 7 * away, plot.py(tip[1]) + (tip[1] >= 0 ? -7 : 15), name, { color, anchor: away > 0 ? "start" : "end" });
  }
  ends.forEach(([x, y], i) => {
    const name = `${eigenvalueName(pair[i])} = ${short(axes[i])}`;
    const color = COLORS[index(pair[i])];
    if (i === 0) plot.text(plot.px(x), plot.py(0) + (sides[1] < 0 ? -8 : 18), name, { color, anchor: "middle" });
    else plot.text(plot.px(0) + 8 * sides[0], plot.py(y) + (sides[1] < 0 ? 14 : -6), name, { color, anchor: sides[0] > 0 ? "start" : "end" });
  });
  plot.describe(() => `Plane of ${vectorName(pair[0])} and ${vectorName(pair[1])}: the unit circle becomes an ellipse with half axes ${short(axes[0])} and ${short(axes[1])}. ${said}`);
}

/** An arc from the gradient to its image, and the angle between them. */
function drawTurn(plot, angle, before, after, turned) {
  const unit = plot.px(1) - plot.px(0);
  const [from, to] = [Math.atan2(before[1], before[0]), Math.atan2(after[1], after[0])];
  const way = Math.atan2(Math.sin(to - from), Math.cos(to - from));
  const at = Array.from({ length: 13 }, (_, i) => from + (way * i) / 12);
  plot.line(at.map((a) => (26 / unit) * Math.cos(a)), at.map((a) => (26 / unit) * Math.sin(a)), { width: 1.2 });
  plot.text(plot.px((42 / unit) * Math.cos(at[6])), plot.py((42 / unit) * Math.sin(at[6])) + 4, `${Math.round(turned)}°`, { anchor: "middle" });
}

const DEPTHS = Array.from({ length: DEEPEST }, (_, i) => i + 1);
const REAL_DEPTHS = Array.from({ length: 71 }, (_, i) => 1 + i / 10);

function drawCurves(plot, width, { sigma_1, sigma_2, depth, plane }, { by_depth, eigenvalues }) {
  const sigma = [sigma_1, sigma_2];
  const top = reachOf(...by_depth.flat(2));
  const x = { ...linear(0.6, DEEPEST + 0.4), ticks: DEPTHS.map((N) => ({ at: N, label: String(N) })) };
  plot.begin(width, x, linear(0, top), "depth N", "eigenvalue of P");
  plot.line([depth, depth], [0, top], { width: 1, dash: [1.5, 3], alpha: 0.75 });
  for (const [r, s] of [[0, 1], [1, 1], [0, 0]]) {
    const color = COLORS[index([r, s])];
    const mine = PLANES[plane].some((at) => COLORS[index(at)] === color);
    plot.line(REAL_DEPTHS, REAL_DEPTHS.map((N) => closedForm(sigma[r], sigma[s], N)), { color, width: mine ? 2 : 1.2, dash: [4, 4], alpha: mine ? 1 : 0.6 });
    plot.dots(DEPTHS, DEPTHS.map((N) => by_depth[N - 1][r][s]), mine ? 3.2 : 2.2, { color, alpha: mine ? 1 : 0.6 });
    plot.dots([depth], [eigenvalues[r][s]], 5.5, { color });
  }
  const end = by_depth.at(-1);
  const labels = [[end[0][0], "λ₁₁", 3], [end[1][1], "λ₂₂", 4], [end[0][1], "λ₁₂ = λ₂₁", 5]].sort((a, b) => b[0] - a[0]);
  for (const [value, name, color] of labels) plot.text(plot.px(DEEPEST) + 10, plot.py(value) + 4, name, { color });
  plot.describe(() => `Eigenvalues of P against depth. At depth ${depth}: λ₁₁ = ${short(eigenvalues[0][0])}, λ₂₂ = ${short(eigenvalues[1][1])}, λ₁₂ = λ₂₁ = ${short(eigenvalues[0][1])}.`);
}

function build() {
  const lens = new Plot({ height: 300, title: "A circle of gradients and its image" });
  const curves = new Plot({ height: 300, margin: [12, 76, 40, 44], title: "Eigenvalues against depth" });
  const table = eigenvalueTable((r, s) => COLORS[index([r, s])]);
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

const degrees = (name) => (state) => `${short(state[name], 4)}°`;
const sigma = (label, name) => slider(label, { name, min: 0, max: 2, step: 0.01, format: (state) => short(state[name]) });

export default explorable({
  name: "PreconditionerLens",
  lines: 3,
  names: NAMES,
  note: "W = σ₁ u₁v₁ᵀ + σ₂ u₂v₂ᵀ is a 2 × 2 matrix. ∇ has length 1; the thin circle is all gradients of that length in the plane, the ellipse what P makes of them. Dots are the sums of the theorem, dashed lines the closed form for real N.",
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
    slider("Depth N", { name: "depth", min: 1, max: DEEPEST, step: 1, format: ({ depth }) => String(depth) }),
    choice("Plane of the gradient", {
      name: "plane",
      options: [
        ["11-22", "u₁v₁ᵀ and u₂v₂ᵀ: both along W"],
        ["11-12", "u₁v₁ᵀ and u₁v₂ᵀ: along and across"],
        ["12-21", "u₁v₂ᵀ and u₂v₁ᵀ: both across"],
      ],
    }),
    slider("Angle of the gradient", { name: "angle", min: 0, max: 360, step: 1, format: degrees("angle") }),
    slider("Turn of u and v", { name: "rotation", min: 0, max: 180, step: 1, format: degrees("rotation") }),
  ],
});
