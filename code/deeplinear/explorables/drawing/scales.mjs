// Scales: from data to a position between 0 and 1, with ticks. No DOM.
import { powerOfTen, short, whole } from "./numbers.mjs";

/** @import { Scale, Tick } from "../types.d.ts" */

// One function for all scales: where the engine finds the same one everywhere, a position costs no memory.
/**
 * @this {Scale}
 * @param {number} value
 */
function position(value) {
  const { kind, low, high } = this;
  return (
    ((kind === "log" ? Math.log10(value) : kind === "steps" ? Math.log10(1 + value) : value) -
      low) /
    (high - low)
  );
}

/**
 * A linear scale with about `count` round ticks.
 * @type {(min: number, max: number, count?: number) => Scale}
 */
export function linear(min, max, count = 5) {
  const raw = (max - min) / count;
  const magnitude = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5].find((m) => m * magnitude >= raw) ?? 10) * magnitude;
  const ticks = [];
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max + 1e-9 * step; i++) {
    ticks.push({ at: i * step, label: short(Number((i * step).toPrecision(12))) });
  }
  return { kind: "linear", low: min, high: max, min, max, ticks, position };
}

/**
 * A logarithmic scale, with a tick at every power of ten, or every second, third …: at most `count`.
 * @type {(min: number, max: number, count?: number) => Scale}
 */
export function log(min, max, count = 7) {
  const low = Math.log10(min);
  const high = Math.log10(max);
  const every = Math.max(1, Math.ceil((high - low) / count));
  const ticks = [];
  for (let k = Math.ceil(low / every) * every; k <= high + 1e-9; k += every)
    ticks.push({ at: 10 ** k, label: powerOfTen(k) });
  return { kind: "log", low, high, min, max, ticks, position };
}

/**
 * Steps of a run: logarithmic in 1 + t, so that the start, step 0, is in the picture.
 * @type {(max: number) => Scale}
 */
export function stepsAxis(max) {
  const ticks = [{ at: 0, label: "0" }];
  for (let t = 1; t <= max; t *= 10)
    ticks.push({ at: t, label: t < 1e6 ? whole(t) : powerOfTen(Math.round(Math.log10(t))) });
  return { kind: "steps", low: 0, high: Math.log10(1 + max), min: 0, max, ticks, position };
}
