// The comparison of PlateauLab: what each depth needs at its own best rate, and at the best that is not a lucky hit.
import { short, whole } from "../drawing/numbers.mjs";
import { atRate, comparison, pick } from "../frame/comparison.mjs";
import { address, compare, COMPETITORS } from "./search.mjs";

/**
 * @import { Comparison, Host, Tried } from "../types.d.ts"
 * @import { Attempt, Question, State } from "./types.d.ts"
 */

/** @type {(run: Attempt | null | undefined, steps: number) => string} */
const needs = (run, steps) =>
  run && run.reached >= 0 ? `${whole(run.reached)} steps` : `not in ${whole(steps)}`;

/** @param {Host<State>} host */
export function bestRates(host) {
  const { change } = host;
  /** @type {(depth: number, run: Tried<Attempt> | null | undefined, state: State) => (Node | string)[]} */
  function cell(depth, run, { steps }) {
    if (!run || run.reached < 0) return [needs(run, steps)];
    const label = `${needs(run, steps)}: show depth ${depth} at rate ${short(run.rate)}`;
    return pick(
      whole(run.reached),
      label,
      () => change({ depth, learning_rate: run.rate }),
      atRate(run),
    );
  }
  /** @type {Comparison<State, object, Question, Attempt, number>} */
  const spec = {
    address,
    compare,
    competitors: COMPETITORS,
    question: ({ scale, identity, target, seed, steps }) => ({
      scale,
      identity,
      target,
      seed,
      steps,
    }),
    heads: () => ["depth", "best rate of all", "best with stable neighbours"],
    caption: () =>
      "Steps to a loss of 10⁻⁸ from this start, each depth at its own rate. Choose a number to see " +
      "its run.",
    row(depth, found, _, state) {
      const cells = found
        ? [cell(depth, found.best, state), cell(depth, found.sturdy, state)]
        : [["…"], ["…"]];
      return { name: String(depth), cells };
    },
    verdict(results, { steps }) {
      const all = Object.entries(results).map(
        ([depth, { sturdy }]) => `Depth ${depth}: ${needs(sturdy, steps)}`,
      );
      return `Best rates found. ${all.join(". ")}.`;
    },
  };
  return comparison(host, spec);
}
