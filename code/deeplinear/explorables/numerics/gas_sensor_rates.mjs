// The fair comparison of depths on the gas sensors: one grid of rates, and for each the distance at a tenth of the run and at its end.
import { compute } from "./gas_sensor.mjs";

const DEPTHS = [1, 2, 3];
const SPAN = 6; // a decade to each side to begin with
const MOST = 48; // rates for a depth

/** A rate of the right size for an optimizer: where plain descent is about to become unstable at w = 0, or what is usual. */
export const usualRate = ({ p, optimizer }, data) => ({ adagrad: 0.1, adam: 0.01 })[optimizer] ?? data.stable[p - 2];

const lowest = (runs, what) => runs.reduce((best, run) => (!best || run[what] < best[what] ? run : best), null);

/** One run: the distance at the last record within a tenth of it, and at its end. */
function trial(state, data, k) {
  const rate = 10 ** (k / 6);
  const { steps, distance, diverged } = compute({ ...state, learning_rate: rate }, data);
  const tenth = state.steps / 10;
  const early = diverged >= 0 && diverged <= tenth ? Infinity : distance[steps.findLastIndex((t) => t <= tenth)];
  return { k, rate, diverged, early, loss: diverged >= 0 ? Infinity : distance.at(-1) };
}

/**
 * Yields what is known so far after every run, for each depth `runs`, every rate tried, `best`, the lowest at the end that is not above
 * a rate that diverges, and `hasty`, the lowest at a tenth. The grid, 10^(k/6), grows until the best rate has neighbours on both sides.
 */
export function* compareDepths(state, data) {
  const results = {};
  for (const depth of DEPTHS) {
    const found = (results[depth] = { runs: [], best: null, hasty: null });
    let low = Math.round(6 * Math.log10(usualRate(state, data))) - SPAN;
    let high = low + 2 * SPAN;
    let [from, to] = [low, high];
    while (from <= to && found.runs.length < MOST) {
      for (let k = from; k <= to; k++) {
        found.runs.push(trial({ ...state, depth }, data, k));
        yield results;
      }
      found.runs.sort((a, b) => a.k - b.k);
      const first = found.runs.findIndex(({ diverged }) => diverged >= 0);
      const best = lowest(first < 0 ? found.runs : found.runs.slice(0, first), "loss");
      const hasty = lowest(found.runs, "early");
      if (!best || best.k === low) [from, to, low] = [low - SPAN, low - 1, low - SPAN];
      else if (best.k === high) [from, to, high] = [high + 1, high + SPAN, high + SPAN];
      else {
        Object.assign(found, { best, hasty });
        break; // the edge of the grid is never passed off as the best
      }
    }
    yield results;
  }
}
