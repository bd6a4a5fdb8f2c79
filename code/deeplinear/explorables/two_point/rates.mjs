// The comparison of TwoPointLab: every rate of every method with what it did; the best; the best sturdy one.
import { short, whole } from "../drawing/numbers.mjs";
import { Plot } from "../drawing/plot.mjs";
import { log } from "../drawing/scales.mjs";
import { atRate, comparison, pick } from "../frame/comparison.mjs";
import { METHODS } from "./names.mjs";
import { address, compare, COMPETITORS, SEARCH_STEPS } from "./search.mjs";

/**
 * @import { Anchor, Comparison, Host, Results, Tried } from "../types.d.ts"
 * @import { Attempt, Method, Question, State } from "./types.d.ts"
 */

const [NEVER, LOST] = [4 * SEARCH_STEPS, 20 * SEARCH_STEPS]; // where runs are drawn that fail
/**
 * Where a label is beside its best rate. To the right runs fail, so there is room; the rule's keeps off the
 * network's.
 * @type {Partial<Record<Method, [number, number, Anchor]>>}
 */
const PLACES = { rule: [-10, 4, "end"], adam: [0, 22, "middle"] };

/** @type {(run: Attempt) => boolean} */
const succeeds = (run) => run.reached >= 0 && run.diverged < 0;
/** @type {(run: Attempt) => number} */
const heightOf = ({ reached, diverged }) =>
  diverged >= 0 ? LOST : reached < 0 ? NEVER : Math.max(reached, 1);

/** @type {(results: Results<Attempt, Method>) => string} */
function verdict({ factors, gd }) {
  /** @param {Attempt | null | undefined} run */
  const steps = (run) => (run && run.reached >= 0 ? `${whole(run.reached)} steps` : "no success");
  const [first, second] = [`Plain descent: ${steps(gd.best)}`, `Network: ${steps(factors.best)}`];
  return `Best rates found. ${first}. ${second}, or with stable neighbours ${steps(factors.sturdy)}.`;
}

/**
 * How a run compares with plain descent's, where both succeed and differ.
 * @type {(plain: Attempt | null | undefined, run: Attempt) => string}
 */
function gainOn(plain, run) {
  if (!plain || plain.reached < 0) return "";
  const factor = plain.reached / Math.max(run.reached, 1);
  if (factor === 1) return "";
  return factor >= 1 ? ` ${short(factor, 2)}× faster` : ` ${short(1 / factor, 2)}× slower`;
}

/** @type {NonNullable<Comparison<State, object, Question, Attempt, Method>["draw"]>} */
function draw(plot, width, results, { depth }, running) {
  const rates = Object.values(results).flatMap(({ runs }) => runs.map(({ rate }) => rate));
  const steps = log(0.3, LOST * 2);
  const fates = [
    { at: NEVER, label: `not in ${whole(SEARCH_STEPS)}` },
    { at: LOST, label: "diverges" },
  ];
  const up = { ...steps, ticks: [...steps.ticks.filter(({ at }) => at <= SEARCH_STEPS), ...fates] };
  const across = log(Math.min(...rates) / 2, Math.max(...rates) * 2, width / 70);
  plot.begin(width, across, up, "learning rate η, six to a decade", "steps to the goal");
  Object.entries(results).forEach(([method, { runs, best }], row) => {
    const { color } = METHODS[method];
    // A gap in the line is a rate that failed: NaN lifts the pen.
    plot.line(
      runs.map((run) => (succeeds(run) ? run.rate : NaN)),
      runs.map((run) => (succeeds(run) ? heightOf(run) : NaN)),
      { color },
    );
    // Failures of different methods at one rate are drawn a little apart.
    /** @type {(some: Tried<Attempt>[], apart: number) => [number[], number[]]} */
    const at = (some, apart) => [
      some.map(({ rate }) => rate),
      some.map((run) => heightOf(run) * apart),
    ];
    plot.dots(
      ...at(
        runs.filter((run) => heightOf(run) < NEVER),
        1,
      ),
      2.6,
      { color },
    );
    plot.dots(
      ...at(
        runs.filter((run) => heightOf(run) >= NEVER),
        1.35 ** (row - 2),
      ),
      1.6,
      { color, alpha: 0.75 },
    );
    if (!best || best.reached < 0) return;
    plot.dots([best.rate], [heightOf(best)], 5, { color, hollow: true });
    const [right, down, anchor] = PLACES[method] ?? [10, 4, "start"];
    plot.text(
      plot.px(best.rate) + right,
      plot.py(heightOf(best)) + down,
      METHODS[method].label(depth),
      { color, anchor },
    );
  });
  plot.describe(
    () =>
      "Steps to the goal against the learning rate, every rate tried. " +
      `${running ? "" : verdict(results)}`,
  );
}

/** @param {Host<State>} host */
export function bestRates(host) {
  const { change } = host;
  /** @type {(
   *   method: Method,
   *   run: Tried<Attempt> | null | undefined,
   *   plain: Attempt | null | undefined,
   *   state: State,
   * ) => (Node | string)[]} */
  function cell(method, run, plain, { depth }) {
    if (!run) return ["no rate inside the search"];
    if (run.reached < 0) return [`not in ${whole(SEARCH_STEPS)}`];
    const label = `${whole(run.reached)} steps: show ${METHODS[method].label(depth)} at rate ${short(run.rate)}`;
    const show = () => change({ method, learning_rate: run.rate });
    return pick(
      whole(run.reached),
      label,
      show,
      method === "gd" ? "" : gainOn(plain, run),
      atRate(run),
    );
  }
  return comparison(host, {
    address,
    compare,
    competitors: COMPETITORS,
    question: ({ p, depth, ratio, scale, direction, goal }) => ({
      p,
      depth,
      ratio,
      scale,
      direction,
      goal,
    }),
    heads: () => ["method", "best rate of all", "best with stable neighbours"],
    caption: ({ goal, p }) =>
      `Steps to a loss of ${short(goal)} at p = ${short(p)}, and the gain on plain descent. ` +
      "Choose a number to see its run.",
    row(method, found, { gd }, state) {
      const cells = found
        ? [cell(method, found.best, gd.best, state), cell(method, found.sturdy, gd.sturdy, state)]
        : [["…"], ["…"]];
      return { name: METHODS[method].label(state.depth), color: METHODS[method].color, cells };
    },
    verdict,
    plot: new Plot({
      height: 260,
      margin: [12, 14, 40, 96],
      title: "Steps to the goal against the learning rate",
    }),
    draw,
  });
}
