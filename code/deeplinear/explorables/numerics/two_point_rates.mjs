// The fair comparison: each method runs with every rate of its own stretch of one grid, 10^(k/6), and that stretch grows until
// the best rate has worse neighbours on both sides. Runs in a worker; this file is the worker too.
import { compute } from "./two_point.mjs";
import { stableRate } from "./two_point_problem.mjs";

const SPAN = 9; // one and a half decades to each side to begin with
const FARTHEST = 60; // ten decades
export const SEARCH_STEPS = 200_000;

/** True if run `a` is better: it stays, and reaches the goal earlier, or, if neither does, ends lower. */
function better(a, b) {
  if (a.diverged >= 0 || b.diverged >= 0) return a.diverged < 0; // a run that passes the goal and then diverges is no solution
  if (a.reached >= 0 || b.reached >= 0) return a.reached >= 0 && (b.reached < 0 || a.reached < b.reached);
  return a.loss < b.loss;
}

/** The best run whose neighbours on the grid do not diverge either: not a lucky hit between two failures. */
function sturdiest(seen) {
  const stays = (k) => seen.has(k) && seen.get(k).diverged < 0;
  let best = null;
  for (const run of seen.values()) if (stays(run.k - 1) && stays(run.k + 1) && (!best || better(run, best))) best = run;
  return best;
}

/** One method's search, run by run: yields `{k, rate, reached, diverged, loss}`, returns `{best, sturdy}`. */
export function* search(state, method) {
  const centre = Math.round(6 * Math.log10(stableRate({ ...state, method })));
  const seen = new Map();
  const run = (k) => {
    const rate = Math.pow(10, k / 6);
    const all = compute({ ...state, method, learning_rate: rate, steps: SEARCH_STEPS });
    const loss = all.diverged >= 0 ? Infinity : all.loss[all.loss.length - 1];
    seen.set(k, { k, rate, reached: all.reached, diverged: all.diverged, loss });
    return seen.get(k);
  };
  let low = centre - SPAN;
  let high = centre + SPAN;
  for (let k = low; k <= high; k++) yield run(k);
  for (;;) {
    let best = seen.get(low);
    for (let k = low; k <= high; k++) if (better(seen.get(k), best)) best = seen.get(k);
    const edge = best.k === low ? -1 : best.k === high ? 1 : 0;
    if (edge === 0) return { best, sturdy: sturdiest(seen) };
    if (high - low > FARTHEST) return { best: null, sturdy: null }; // the edge is never passed off as the best
    for (let i = 0; i < 6; i++) yield run(edge < 0 ? --low : ++high);
  }
}

/** All methods in turn: yields `{method, run}` for each run and `{method, best, sturdy}` for each result. */
export function* compare(state, methods) {
  for (const method of methods) {
    const runs = search(state, method);
    let next = runs.next();
    for (; !next.done; next = runs.next()) yield { method, run: next.value };
    yield { method, ...next.value };
  }
}

/** Start the comparison off the main thread; `report` receives each piece, then `{done: true}`. Returns a function that stops it. */
export function startComparison(state, methods, report) {
  let stopped = false;
  const inSlices = () => {
    // Without workers: one run at a time between frames.
    const pieces = compare(state, methods);
    const slice = () => {
      if (stopped) return;
      const { value, done } = pieces.next();
      report(done ? { done } : value);
      if (!done) setTimeout(slice);
    };
    slice();
  };
  let worker;
  try {
    worker = new Worker(import.meta.url, { type: "module" });
  } catch {
    inSlices();
    return () => (stopped = true);
  }
  worker.onmessage = ({ data }) => stopped || report(data);
  worker.onerror = () => {
    worker.terminate();
    if (!stopped) inSlices();
  };
  worker.postMessage({ state, methods });
  return () => {
    stopped = true;
    worker.terminate();
  };
}

if (typeof WorkerGlobalScope !== "undefined" && self instanceof WorkerGlobalScope) {
  self.onmessage = ({ data }) => {
    for (const piece of compare(data.state, data.methods)) self.postMessage(piece);
    self.postMessage({ done: true });
  };
}
