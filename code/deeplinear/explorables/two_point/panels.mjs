// The two pictures of TwoPointLab: the plane of the weights, and the loss against steps.
import { short, whole } from "../drawing/numbers.mjs";
import { linear, log, stepsAxis } from "../drawing/scales.mjs";
import { METHODS } from "./names.mjs";
import { contour, problemOf } from "./problem.mjs";
import { sentenceOf } from "./sentence.mjs";

/**
 * @import { Panel, Style } from "../types.d.ts"
 * @import { Run, State } from "./types.d.ts"
 */

/** @type {Panel<State, Run, [plain: Run]>} */
export function drawPlane(plot, width, state, run, plain) {
  const problem = problemOf(state);
  const [y1, y2] = problem.targets;
  plot.begin(
    width,
    linear(-0.3 * y1, 1.5 * y1),
    linear(-0.3 * y2, 1.5 * y2),
    "weight w₁",
    "weight w₂",
  );
  const top = Math.ceil(Math.log10(problem.loss(problem.start))) + 1;
  for (let k = 0; k < 8; k++) {
    plot.line(...contour(problem, 10 ** (top - k)), {
      width: 0.7,
      alpha: 0.16,
      close: true,
      fill: 0.045,
    });
  }
  if (state.method !== "gd") plot.line(plain.w1, plain.w2, { color: 1, dash: [5, 4] });
  const { color } = METHODS[state.method];
  plot.line(run.w1, run.w2, { color, width: 2.6 });
  plot.dots(run.w1, run.w2, 2.2, { color });
  plot.dots([problem.start[0]], [problem.start[1]], 4, { hollow: true });
  plot.text(plot.px(problem.start[0]) - 8, plot.py(problem.start[1]) + 16, "start", {
    anchor: "end",
  });
  plot.cross(plot.px(y1), plot.py(y2), 5);
  plot.text(plot.px(y1) + 10, plot.py(y2) - 8, "target y");
  plot.describe(
    () =>
      "Plane of the two weights. The path starts at " +
      `(${problem.start.map((w) => short(w)).join(", ")}) and ends at (${short(run.w1.at(-1))}, ` +
      `${short(run.w2.at(-1))}); the target is (${short(y1)}, 1).`,
  );
}

/** @type {Panel<State, Run, [plain: Run]>} */
export function drawLoss(plot, width, state, run, plain) {
  const { goal, steps, method } = state;
  const first = run.loss[0];
  const y = log(goal * 1e-3, Math.max(first, goal) * 300);
  plot.begin(width, stepsAxis(steps), y, "step", "loss L(w)");
  const [left, right] = [plot.px(0), plot.px(steps)];
  plot.line([0, steps], [goal, goal], { width: 1, dash: [1.5, 3], alpha: 0.75 });
  plot.text(left + 4, plot.py(goal) - 5, `goal ${short(goal)}`);
  /** @type {(one: Run, color: number, label: string, style: Style, lift: number) => void} */
  const curve = ({ steps: t, loss, reached, diverged }, color, label, style, lift) => {
    const floor = goal * 1e-9;
    plot.line(
      t,
      loss.map((value) => Math.min(Math.max(value, floor), first * 1e30)),
      { color, ...style },
    );
    if (diverged >= 0) {
      const x = plot.px(diverged);
      plot.cross(x, plot.margin[0] + 6, 5, { color });
      plot.text(x + 10, plot.margin[0] + 10 + (lift < 0 ? 0 : 16), `${label} diverges`, { color });
    } else if (reached >= 0) {
      plot.dots([reached], [goal], 4, { color });
      const words = `${label}: ${whole(reached)}`;
      const x = plot.px(reached);
      const anchor = x > (left + right) / 2 ? "end" : "start";
      const [from, to] = anchor === "end" ? [x - 7 * words.length, x] : [x, x + 7 * words.length];
      const above = () =>
        Math.min(...[run, plain].map((one) => plot.highest(one.steps, one.loss, from, to))) - 9;
      plot.text(x, lift < 0 ? above() : plot.py(goal) + 20, words, { color, anchor });
    } else
      plot.text(right, plot.py(Math.max(loss.at(-1), goal * 1e-3)) + (lift < 0 ? -8 : 18), label, {
        color,
        anchor: "end",
      });
  };
  if (method !== "gd") curve(plain, 1, "plain descent", { dash: [5, 4] }, -1);
  curve(run, METHODS[method].color, METHODS[method].label(state.depth), { width: 2.6 }, 1);
  plot.describe(() => `Loss against steps, both logarithmic. ${sentenceOf(state, run, plain)}`);
}
