// The fair search for a learning rate, one for all figures: every competitor has its own best rate, and no
// best rate is at the edge of those that were tried. All rates are of one lattice, 10^(k/6).

/** @import { Better, Found, Results, Trial, Tried } from "../types.d.ts" */

const PER_DECADE = 6;

/**
 * Search around the rate `middle`. `trial(rate)` tries one: an object with `diverged`, −1 for a run that does
 * not; `better(a, b)` compares two. The first stretch has `span` rates to each side; it grows by a decade
 * beyond the best rate while that is at its edge, until `most` rates were tried. If `cautious`, a rate above
 * one that diverges cannot be the best.
 *
 * Yields every trial with its `k` and `rate`. Returns all `runs` in the order of the rates, the `best`, and
 * the best `sturdy` one, whose neighbours do not diverge either: no lucky hit between two failures. Both are
 * null where the best stays at the edge.
 * @template {Trial} T
 * @param {number} middle
 * @param {(rate: number) => T} trial
 * @param {{ better: Better<T>, span?: number, most?: number, cautious?: boolean }} how
 * @returns {Generator<Tried<T>, Found<T>, void>}
 */
export function* searchRates(middle, trial, { better, span = 9, most = 67, cautious = false }) {
  const centre = Math.round(PER_DECADE * Math.log10(middle));
  /** @type {Tried<T>[]} */
  let runs = [];
  let [from, to] = [centre - span, centre + span];
  for (;;) {
    for (let k = from; k <= to; k++) {
      const rate = 10 ** (k / PER_DECADE);
      const run = { k, rate, ...trial(rate) };
      runs.push(run);
      yield run;
    }
    runs = [...runs].sort((a, b) => a.k - b.k);
    const best = bestOf(cautious ? belowDivergence(runs) : runs, better);
    const [low, high] = [runs[0].k, runs.at(-1).k];
    if (best && best.k > low && best.k < high)
      return { runs, best, sturdy: bestOf(sturdyOnes(runs), better) };
    if (runs.length >= most) return { runs, best: null, sturdy: null };
    [from, to] = best?.k === high ? [high + 1, high + PER_DECADE] : [low - PER_DECADE, low - 1];
  }
}

/**
 * The best of some runs, the one of the lowest rate among equals; null of none.
 * @template {Trial} T
 * @param {Tried<T>[]} runs
 * @param {Better<T>} better
 * @returns {Tried<T> | null}
 */
export const bestOf = (runs, better) =>
  runs.reduce(
    (best, run) => (!best || better(run, best) ? run : best),
    /** @type {Tried<T> | null} */ (null),
  );

/**
 * @template {Trial} T
 * @param {T[]} runs
 */
function belowDivergence(runs) {
  const first = runs.findIndex(({ diverged }) => diverged >= 0);
  return first < 0 ? runs : runs.slice(0, first);
}

/**
 * @template {Trial} T
 * @param {T[]} runs
 */
const sturdyOnes = (runs) =>
  runs.filter((_, i) => i > 0 && runs[i - 1].diverged < 0 && runs[i + 1]?.diverged < 0);

/**
 * Whether run `a` is better where a goal is to be reached: sooner, or, if neither does, with the lower loss
 * at its end.
 * @type {Better<Trial & { reached: number }>}
 */
export function sooner(a, b) {
  // A run that passes the goal and then diverges is no solution.
  if (a.diverged >= 0 || b.diverged >= 0) return a.diverged < 0;
  if (a.reached >= 0 || b.reached >= 0)
    return a.reached >= 0 && (b.reached < 0 || a.reached < b.reached);
  return a.loss < b.loss;
}

/**
 * The searches of all competitors in turn: yields, after every run, the `runs` of each so far, and at its end
 * what it found.
 * @template {string | number} Name
 * @template {Trial} T
 * @param {Name[]} competitors
 * @param {(name: Name) => Generator<Tried<T>, Found<T>, void>} search
 * @returns {Generator<Results<T, Name>, void, void>}
 */
export function* compareRates(competitors, search) {
  const results = /** @type {Results<T, Name>} */ ({});
  for (const name of competitors) {
    results[name] = { runs: [] };
    const trials = search(name);
    for (let next = trials.next(); ; next = trials.next()) {
      if (next.done) results[name] = next.value;
      else results[name].runs.push(next.value);
      yield results;
      if (next.done) break;
    }
  }
}
