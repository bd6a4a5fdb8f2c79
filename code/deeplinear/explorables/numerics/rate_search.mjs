// The fair search for a learning rate: every rate of a stretch of one grid, 10^(k/6), and the stretch grows until the best rate
// has worse neighbours on both sides. It runs in a worker, whose file is the one that asks for it.

// One and a half decades to each side to begin with, ten in all at the most.
const SPAN = 9;
const FARTHEST = 60;
export const SEARCH_STEPS = 200_000;

/** True if run `a` is better: it stays, and reaches the goal earlier, or, if neither does, ends lower. */
function better(a, b) {
  // A run that passes the goal and then diverges is no solution.
  if (a.diverged >= 0 || b.diverged >= 0) return a.diverged < 0;
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

/**
 * The search around the rate `middle`; `compute(rate)` is a run, of which `reached`, `diverged` and the last `loss` count.
 * Yields `{k, rate, reached, diverged, loss}` for each run, returns `{best, sturdy}`.
 */
export function* searchRates(middle, compute) {
  const centre = Math.round(6 * Math.log10(middle));
  const seen = new Map();
  const run = (k) => {
    const rate = Math.pow(10, k / 6);
    const { reached, diverged, loss } = compute(rate);
    const result = { k, rate, reached, diverged, loss: diverged >= 0 ? Infinity : loss.at(-1) };
    seen.set(k, result);
    return result;
  };
  let low = centre - SPAN;
  let high = centre + SPAN;
  for (let k = low; k <= high; k++) yield run(k);
  for (;;) {
    let best = seen.get(low);
    for (let k = low; k <= high; k++) if (better(seen.get(k), best)) best = seen.get(k);
    if (best.k > low && best.k < high) return { best, sturdy: sturdiest(seen) };
    // The edge is never passed off as the best.
    if (high - low > FARTHEST) return { best: null, sturdy: null };
    for (let i = 0; i < 6; i++) yield run(best.k === low ? --low : ++high);
  }
}

/** The searches of all `methods` in turn: yields `{method, run}` for each run and `{method, best, sturdy}` for each result. */
export function* inTurn(search, state, methods) {
  for (const method of methods) {
    const runs = search(state, method);
    let next = runs.next();
    for (; !next.done; next = runs.next()) yield { method, run: next.value };
    yield { method, ...next.value };
  }
}

/**
 * `start(state, methods, report)` for the file `url`, which calls this as it loads: it searches in a worker made of that file.
 * `report` receives each piece, then `{done: true}`. Returns a function that stops it.
 */
export function inWorker(url, search) {
  if (globalThis.WorkerGlobalScope)
    onmessage = ({ data }) => {
      for (const piece of inTurn(search, ...data)) postMessage(piece);
      postMessage({ done: true });
    };
  return (state, methods, report) => {
    let stopped = false;
    let worker;
    // Without workers: one run at a time between frames.
    const inSlices = () => {
      const pieces = inTurn(search, state, methods);
      const slice = () => {
        if (stopped) return;
        const { value, done } = pieces.next();
        report(done ? { done } : value);
        if (!done) setTimeout(slice);
      };
      slice();
    };
    try {
      worker = new Worker(url, { type: "module" });
      worker.onmessage = ({ data }) => stopped || report(data);
      worker.onerror = inSlices;
      worker.postMessage([state, methods]);
    } catch {
      inSlices();
    }
    return () => {
      stopped = true;
      worker?.terminate();
    };
  };
}
