// What can wait until the hand rests.

const REST = 300; // milliseconds without another request

/**
 * A function that takes acts and does the last one once no other has come for a while; with `first`, one that
 * comes after a rest is done at once. `stop()` of it forgets them.
 * @type {(
 *   options?: { first?: boolean },
 * ) => ((act: () => void) => void) & { stop(): void }}
 */
export function atRest({ first = false } = {}) {
  let [due, timer] = [0, 0];
  /** @type {(() => void) | null | void} */
  let latest = null;
  // One timer that looks again is cheaper than a new one in every frame.
  const look = () => {
    const left = due - performance.now();
    timer = left > 0 ? setTimeout(look, left) : 0;
    if (!timer) latest?.();
  };
  /** @type {(act: () => void) => void} */
  const ask = (act) => {
    due = performance.now() + REST;
    latest = first && !timer ? act() : act;
    timer ||= setTimeout(look, REST);
  };
  return Object.assign(ask, { stop: () => void (timer = clearTimeout(timer) ?? 0) });
}
