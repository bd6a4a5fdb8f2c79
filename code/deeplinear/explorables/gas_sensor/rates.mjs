// The comparison of GasSensorLab: every rate of every depth, and what each depth has at its own best, early and late.
import { power, short, whole } from "../drawing/numbers.mjs";
import { Plot } from "../drawing/plot.mjs";
import { log } from "../drawing/scales.mjs";
import { atRate, comparison, pick } from "../frame/comparison.mjs";
import { address, compare, COMPETITORS } from "./search.mjs";

/**
 * @import { Comparison, Host, Results, Tried } from "../types.d.ts"
 * @import { Attempt, Data, FoundRates, Question, State } from "./types.d.ts"
 */

/** @type {(values: number[]) => number[]} */
const known = (values) => values.map((value) => (value < Infinity ? value : NaN));

/** @type {(results: Results<Attempt, number>) => string} */
const verdict = (results) =>
  Object.entries(results)
    .map(
      ([depth, { best }]) =>
        `Depth ${depth}: distance ${best ? `${short(best.loss)} at its best rate` : "unknown"}.`,
    )
    .join(" ");

/** @type {NonNullable<Comparison<State, Data, Question, Attempt, number>["draw"]>} */
function draw(plot, width, results, { p }) {
  const all = Object.values(results).flatMap(({ runs }) => runs);
  const alive = all
    .flatMap(({ loss, early }) => [loss, early])
    .filter((x) => x > 0 && x < Infinity);
  if (!alive.length) return plot.clear(width, "Every rate so far diverges.");
  const rates = all.map(({ rate }) => rate);
  const x = log(Math.min(...rates) / 1.5, Math.max(...rates) * 1.5, width / 70);
  const y = log(Math.min(...alive) / 2, Math.max(...alive) * 8);
  plot.begin(width, x, y, "learning rate η", `mean ${power("|r|", p)} − optimum`);
  plot.text(plot.margin[3] + 4, plot.margin[0] + 12, "× diverges");
  for (const [name, { runs, best }] of Object.entries(results)) {
    const color = Number(name);
    const at = runs.map(({ rate }) => rate);
    const ends = known(runs.map(({ loss }) => loss));
    plot.line(at, known(runs.map(({ early }) => early)), { color, dash: [2, 4], width: 1.4 });
    plot.line(at, ends, { color });
    plot.dots(at, ends, 2.6, { color });
    for (const { rate, diverged } of runs) {
      if (diverged >= 0)
        plot.cross(plot.px(rate), plot.margin[0] + 8 * color, 3, { color, width: 1.6 });
    }
    if (!best) continue;
    plot.dots([best.rate], [best.loss], 5, { color, hollow: true });
    plot.text(plot.px(best.rate) + 10, plot.py(best.loss) + 4, `depth ${name}`, { color });
  }
  const what =
    "Distance from the optimum against the learning rate, every rate tried, at the end and, " +
    "dotted, at a tenth of the run.";
  plot.describe(() => `${what} ${verdict(results)}`);
}

/** @param {Host<State, Data>} host */
export function bestRates(host) {
  const { change } = host;
  /** @type {(depth: number, run: Tried<Attempt>, value: number, fate?: string) => (Node | string)[]} */
  function cell(depth, run, value, fate = "") {
    const text = short(value);
    const label = `${text}: show depth ${depth} at rate ${short(run.rate)}`;
    return pick(text, label, () => change({ depth, learning_rate: run.rate }), atRate(run, fate));
  }
  return comparison(host, {
    address,
    compare,
    competitors: COMPETITORS,
    question: ({ p, optimizer, start, seed, steps }) => ({ p, optimizer, start, seed, steps }),
    heads({ steps }) {
      const [tenth, end] = [whole(Math.floor(steps / 10)), whole(steps)];
      return ["depth", `best at ${end}`, `the same at ${tenth}`, `best at ${tenth}, and its fate`];
    },
    caption: ({ p }) =>
      `Distance from the optimum on ℓ${p}, each depth at its own rate. Choose a number to see its ` +
      "run.",
    row(depth, found) {
      const row = { name: String(depth), color: depth };
      if (!found) return { ...row, cells: [["…"], ["…"], ["…"]] };
      const { best, hasty } = /** @type {FoundRates} */ (found);
      if (!best || !hasty) return { ...row, cells: [["no rate inside the search"], [""], [""]] };
      const fate =
        hasty.diverged >= 0
          ? `, dies at ${whole(hasty.diverged)}`
          : `, ends at ${short(hasty.loss)}`;
      return {
        ...row,
        cells: [
          cell(depth, best, best.loss),
          [short(best.early)],
          cell(depth, hasty, hasty.early, fate),
        ],
      };
    },
    verdict,
    plot: new Plot({ height: 260, title: "Distance against the learning rate" }),
    draw,
  });
}
