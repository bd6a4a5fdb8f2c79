// The two pictures of PlateauLab: the loss with the laws of its wait, and the sizes of the layers.
import { short } from "../drawing/numbers.mjs";
import { log, stepsAxis } from "../drawing/scales.mjs";
import { LEFT, SETTLED } from "./numerics.mjs";
import { FEW, sentenceOf, steps } from "./sentence.mjs";

/**
 * @import { Panel, Style } from "../types.d.ts"
 * @import { Run, State } from "./types.d.ts"
 */

export const TOP = 1e4; // above the plateau there is room for words

/** @type {Panel<State, Run, [plain: Run]>} */
export function drawLoss(plot, width, state, run, plain) {
  plot.begin(width, stepsAxis(state.steps), log(SETTLED, TOP), "step", "loss L(w)");
  plot.line([0, state.steps], [LEFT, LEFT], { width: 1, dash: [1.5, 3], alpha: 0.75 });
  /** @type {[string, number, Style][]} */
  const laws = [
    ["law", run.wait, { color: 3, dash: [5, 4] }],
    ["if balanced", run.wait_balanced, { width: 1, dash: [2, 3] }],
  ];
  const seen = laws.map(([, wait]) => wait).filter((wait) => wait >= FEW && wait <= state.steps);
  const [first, last] = [plot.px(Math.min(...seen)), plot.px(Math.max(...seen))];
  const late = seen.length > 0 && first > width / 2;
  laws.forEach(([words, wait, style], row) => {
    const y = plot.margin[0] + 12 + 17 * row;
    const { color } = style;
    if (wait > state.steps)
      plot.text(
        late ? first - 5 : width,
        y,
        `${words}: ${steps(wait)}${wait < Infinity ? " →" : ""}`,
        { color, anchor: "end" },
      );
    if (!seen.includes(wait)) return;
    plot.line([wait, wait], [SETTLED, TOP], style);
    plot.text(late ? first - 5 : last + 5, y, `${words}: ${steps(wait)}`, {
      color,
      anchor: late ? "end" : "start",
    });
  });
  if (state.depth > 1) {
    const x = plot.px(plain.steps.at(-1));
    plot.line(plain.steps, plain.loss, { color: 1, dash: [5, 4] });
    // A run that diverges climbs to the right, so there is room on its left.
    if (plain.diverged >= 0 && x > plot.margin[3] + 50)
      plot.text(x - 8, plot.py(1e3), "N = 1", { color: 1, anchor: "end" });
    else plot.text(x + 6, plot.py(plain.diverged < 0 ? 1e-6 : 100), "N = 1", { color: 1 });
  }
  const color = state.depth > 1 ? 2 : 1;
  plot.line(run.steps, run.loss, { color, width: 2.6 });
  if (run.left >= 0) plot.dots([run.left], [LEFT], 4, { color });
  const name = `N = ${state.depth}`;
  if (run.diverged >= 0) {
    plot.cross(plot.px(run.diverged), plot.margin[0] + 6, 5, { color });
    const x = plot.px(run.diverged);
    const end = x > width / 2;
    plot.text(x + (end ? -10 : 10), plot.margin[0] + 56, `${name} diverges`, {
      color,
      anchor: end ? "end" : "start",
    });
  } else plot.text(plot.px(0) + 6, plot.py(run.loss[0]) - 8, name, { color });
  plot.describe(() => `Loss against steps, both logarithmic. ${sentenceOf(state, run)}`);
}

/** @type {Panel<State, Run>} */
export function drawLayers(plot, width, state, run) {
  const low = Math.max(Math.min(state.scale / 30, 0.01), 1e-5);
  plot.begin(width, stepsAxis(state.steps), log(low, 10), "step", "size of each layer |Wⱼ|");
  const sizes = run.layers;
  for (let j = sizes.length - 1; j >= 0; j--)
    plot.line(run.steps, sizes[j], j ? { color: 4, width: 1.4 } : { color: 5, width: 2.6 });
  const [first, last] = [sizes[0], sizes.at(-1)];
  plot.text(plot.px(0) + 4, plot.py(first[0]) - 7, "|W₁|", { color: 5 });
  if (sizes.length > 1)
    plot.text(plot.px(0) + 4, plot.py(last[0]) + 16, `|W${below(sizes.length)}|`, { color: 4 });
  if (run.flip >= FEW)
    plot.text(plot.px(run.flip), plot.py(low) - 8, `W${below(run.flipped)} = 0`, {
      color: 4,
      anchor: "middle",
    });
  plot.describe(
    () =>
      `Size of each layer against steps. Layer 1, the vector, goes from ${short(first[0])} to ` +
      `${short(first.at(-1))}, layer ${sizes.length} from ${short(last[0])} to ` +
      `${short(last.at(-1))}.`,
  );
}

/** @type {(n: number) => string} */
const below = (n) => [...String(n)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");
