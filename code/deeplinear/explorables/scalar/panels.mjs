// The three pictures of ScalarLab: the way to the target, the adaptive step, and what one step remembers.
import { short, whole } from "../drawing/numbers.mjs";
import { linear } from "../drawing/scales.mjs";
import { ending, FAINT, sum } from "./sentence.mjs";

/**
 * @import { Plot } from "../drawing/plot.mjs"
 * @import { Panel, Scale } from "../types.d.ts"
 * @import { Run, State } from "./types.d.ts"
 */

// Colours: 1 plain descent, 2 descent on the factors, 3 memory that pushes on, 4 memory that brakes; the flow
// is in the text's.
const DASHED = { width: 1.6, dash: [5, 4] };
/** @type {(x: number, low: number, high: number) => number} */
const between = (x, low, high) => Math.min(Math.max(x, low), high);
/**
 * Of many indices so few that the eye can tell them apart.
 * @type {(count: number, most: number) => number[]}
 */
const thinned = (count, most) =>
  Array.from({ length: count }, (_, i) => i).filter((i) => i % Math.ceil(count / most) === 0);

/** @type {(plot: Plot, at: number) => void} */
function mark(plot, at) {
  plot.line([at, at], [plot.y.min, plot.y.max], { width: 1, dash: [1.5, 3], alpha: 0.8 });
}

/** @type {Panel<State, Run, [clock: Scale]>} */
export function drawPaths(plot, width, state, run, clock) {
  const { learning_rate: rate, time, depth } = state;
  const { w, plain, flow, gamma, step, diverged } = run;
  /** @type {(_: number, t: number) => number} */
  const at = (_, t) => t * rate;
  const seen = [...w, ...flow].filter((x) => Math.abs(x) < 3);
  plot.begin(
    width,
    clock,
    linear(
      Math.min(-0.1, Math.max(Math.min(...seen) - 0.1, -1.3)),
      Math.max(1.35, Math.min(Math.max(...seen) + 0.15, 2.4)),
    ),
    "time ηt",
    "product w",
  );
  const [left, right] = [plot.px(clock.min), plot.px(clock.max)];
  plot.line([0, clock.max], [1, 1], { width: 1, dash: [1.5, 3], alpha: 0.75 });
  if (Math.abs(w[0] - 1) > 0.2) plot.text(left + 4, plot.py(1) - 6, "target");
  else plot.text(right, plot.py(1) - 6, "target", { anchor: "end" });
  mark(plot, step * rate);
  if (depth > 1) plot.line(plain.map(at), plain, { ...DASHED, color: 1 });
  plot.line(w.map(at), w, { color: 2, width: 2 });
  plot.line(
    flow.map((_, i) => (i * time) / (flow.length - 1)),
    flow,
    { ...DASHED, alpha: 0.9 },
  );
  const dots = thinned(w.length, plot.innerWidth / 5);
  const kinds = dots.map((t) => (Math.abs(gamma[t]) > 1e-3 ? (gamma[t] < 0 ? 3 : 4) : 2));
  for (const color of [2, 3, 4]) {
    const own = dots.filter((_, i) => kinds[i] === color);
    plot.dots(
      own.map((t) => t * rate),
      own.map((t) => w[t]),
      2.6,
      { color },
    );
  }
  plot.dots([step * rate], [w[step]], 5, { color: 2, hollow: true });
  if (diverged >= 0) {
    const x = plot.px(Math.min(diverged * rate, clock.max));
    plot.cross(x, plot.margin[0] + 8, 5, { color: 2 });
    plot.text(x + 10, plot.margin[0] + 13, `diverges at step ${whole(diverged)}`, { color: 2 });
  }
  const name = `${depth === 1 ? "plain descent" : `depth ${depth}`}, step ${whole(step)}`;
  plot.text(
    plot.px(step * rate) + 8,
    plot.py(between(w[step], plot.y.min, plot.y.max)) + (w[step] > 1.02 && diverged < 0 ? -9 : 17),
    name,
    { color: 2 },
  );
  if (depth > 1) {
    const near = plain.findIndex((x) => Math.abs(x - 1) < 0.15) * rate;
    const x = plot.px(near >= 0 && near < clock.max ? near : clock.max / 4);
    plot.text(Math.max(x - 42, left + 4), plot.py(1) + (w[0] < 1 ? -16 : 26), "plain descent", {
      color: 1,
    });
  }
  plot.text(right, plot.py(flow.at(-1)) + 18, "flow", { anchor: "end" });
  plot.describe(
    () =>
      `Product w against time. It starts at ${short(w[0])}; ${ending(state, run)} The flow ends at ` +
      `${short(flow.at(-1))}.`,
  );
}

/** @type {Panel<State, Run, [clock: Scale]>} */
export function drawRates(plot, width, state, { rho, step }, clock) {
  const own = rho.map((x) => x / state.learning_rate);
  const unlabelled = { ...clock, ticks: clock.ticks.map(({ at }) => ({ at, label: "" })) };
  const [low, high] = [
    Math.max(Math.min(0, ...own), -2),
    Math.min(Math.max(1.3, 1.1 * Math.max(...own)), 40),
  ];
  plot.begin(width, unlabelled, linear(low, high, 3), "", "ρ/η");
  plot.line([0, clock.max], [1, 1], { ...DASHED, color: 1 });
  plot.line(
    own.map((_, t) => t * state.learning_rate),
    own,
    { color: 2, width: 2 },
  );
  const at = step * state.learning_rate;
  mark(plot, at);
  plot.dots([at], [own[step]], 4, { color: 2 });
  const under = own.at(-1) > (low + high) / 2;
  plot.text(
    plot.px(clock.max),
    under ? plot.py(low) - 8 : plot.margin[0] + 14,
    `step ${whole(step)}: ρ = ${short(own[step], 2)} η`,
    { color: 2, anchor: "end" },
  );
  plot.describe(
    () =>
      `Adaptive step ρ as a multiple of η, against time. In step ${step} it is ` +
      `${short(own[step])}; for plain descent it is 1.`,
  );
}

/** @type {Panel<State, Run, [clock: Scale]>} */
export function drawMemory(plot, width, state, run, clock) {
  const { w, rho, step, memory, leftover } = run;
  const rate = state.learning_rate;
  const weights = memory.map((mu) => mu / rate);
  const total = sum(weights);
  const [least, most] = [Math.min(0, ...weights), Math.max(0, ...weights)];
  const span = Math.max(most - least, Math.abs(rho[step] / rate) / 40) || 1; // a memory this faint stays flat
  const [low, high] =
    total < 0
      ? [Math.min(least, most - span) - 0.1 * span, most]
      : [least - 0.06 * span, Math.max(most, least + span)];
  plot.begin(
    width,
    clock,
    linear(low, high + 0.45 * span, 4),
    "time ητ of the past gradient",
    "weight μ/η",
  );
  plot.line([0, clock.max], [0, 0], { width: 1, alpha: 0.6 });
  const shown = thinned(step, 120);
  for (const [sign, color] of [
    [1, 3],
    [-1, 4],
  ]) {
    const taus = shown.filter((tau) => sign * weights[tau] > 0);
    plot.line(
      taus.flatMap((tau) => [tau * rate, tau * rate, NaN]),
      taus.flatMap((tau) => [0, weights[tau], NaN]),
      { color, width: 1.6 },
    );
    if (step <= 60)
      plot.dots(
        taus.map((tau) => tau * rate),
        taus.map((tau) => weights[tau]),
        2.6,
        { color },
      );
  }
  mark(plot, step * rate);
  const silent = !(Math.abs(total) >= FAINT);
  const words = silent
    ? `step ${whole(step)} remembers almost nothing`
    : `${total > 0 ? "momentum" : "brake"}: the sum is ${short(total, 2)} η`;
  const [x, y] = [plot.margin[3] + 6, plot.margin[0] + 12];
  plot.text(x, y, words, silent ? {} : { color: total > 0 ? 3 : 4 });
  const first =
    Math.abs(leftover) > 0.05 * Math.abs(w[step + 1] - w[step])
      ? `the start itself moves w by ${short(leftover, 2)}`
      : "";
  if (first) plot.text(x, y + 16, first);
  plot.describe(
    () =>
      `Weights of the past gradients in step ${step}, one stem for each: ` +
      `${words}${first && ", and "}${first}.`,
  );
}
