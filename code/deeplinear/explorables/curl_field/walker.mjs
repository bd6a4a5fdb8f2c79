// The walk of CurlField in time.
import { PARTS } from "./numerics.mjs";

/**
 * @import { Host } from "../types.d.ts"
 * @import { Run, State } from "./types.d.ts"
 */

/** A round takes this many milliseconds to watch. */
const ROUND = 8000;

/**
 * Walks a round without touching the state on the way; for readers who want no motion, to the next corner at
 * each press.
 * @param {Host<State>} host
 */
export function walker({ change, redraw }) {
  /** @type {number | null} */
  let begin = null; // when the walk began
  let left = 0; // the progress of the state then: a slider that moves it ends the walk
  /** @type {(run: Run, progress: number) => void} */
  const toNextCorner = (run, progress) => {
    const corners = [1, 2, 3, 4].map(
      (k) => Math.round((1000 * run.way[PARTS * k]) / run.way.at(-1)) / 10,
    );
    change({ progress: corners.find((corner) => corner > progress) ?? corners[0] });
  };
  return {
    /** @type {(state: State, run: Run) => void} */
    press({ progress }, run) {
      if (matchMedia("(prefers-reduced-motion: reduce)").matches)
        return toNextCorner(run, progress);
      begin = begin === null ? performance.now() : null;
      left = progress;
      redraw();
    },
    walking: () => begin !== null,
    stop: () => (begin = null),
    /**
     * The progress to draw now, and a request for the next picture.
     * @param {State} state
     */
    progress(state) {
      if (begin === null || state.progress !== left) {
        begin = null;
        return state.progress;
      }
      const share = (100 * (performance.now() - begin)) / ROUND;
      if (share < 100) {
        redraw();
        return share;
      }
      begin = null;
      if (left !== 100) change({ progress: 100 });
      return 100;
    },
  };
}
