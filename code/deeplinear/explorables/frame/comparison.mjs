// "Best rate for each …": every rate that was tried as a picture, and the best of each competitor as a table.
// The search runs off the main thread. When the question changes, its answers are taken away at once; it is
// asked again when the hand rests.
import { short } from "../drawing/numbers.mjs";
import { live } from "../work/live.mjs";
import { atRest } from "../work/rest.mjs";
import { button, h } from "./controls.mjs";

/** @import { Plot } from "../drawing/plot.mjs" */
/** @import { Comparison, Host, Results, Trial } from "../types.d.ts" */

/**
 * A cell that holds a number to choose, which shows its run; `label` says the number, `below` is small print.
 * @type {(text: string, label: string, show: () => void, ...below: (Node | string)[]) => (Node | string)[]}
 */
export const pick = (text, label, show, ...below) => [
  button(text, show, { className: "dlx-pick", "aria-label": label }),
  ...below,
];

/**
 * The rate of a run as small print.
 * @param {{ rate: number }} run
 */
export const atRate = ({ rate }, more = "") => h("small", {}, `η = ${short(rate)}${more}`);

/**
 * A comparison in a figure's frame, from a description: `compare(question, data)`, a task that the module at
 * `address` exports; `competitors`, the names its results go by; `question(state)`, what of a state it depends on;
 * `heads(state)`, `caption(state)`; `row(name, found, results, state)`, `{name, color, cells}`, where `found`
 * is null while it is not known; `verdict(results, state)`, what is spoken at the end; `plot` and `draw(plot,
 * width, results, state)`, its picture if it has one.
 * @template State, Data, Question
 * @template {Trial} T
 * @template {string | number} Name
 * @param {Host<State, Data>} host
 * @param {Comparison<State, Data, Question, T, Name>} spec
 */
export function comparison({ announce, redraw, data }, spec) {
  const { plot } = spec;
  const [caption, head, rows] = [h("caption"), h("tr"), h("tbody")];
  const table = h("table", {}, caption, h("thead", {}, head), rows);
  const element = h(
    "div",
    { className: "dlx-table", hidden: true },
    ...(plot ? [plot.element] : []),
    table,
  );
  const rest = atRest();
  const work = live(spec.address, spec.compare, receive);
  const none = /** @type {Results<T, Name>} */ ({});
  let results = none;
  /** @type {State} */
  let state;
  let question = "";
  let running = false;
  let dirty = false;
  let drawn = 0; // the width of what is drawn

  function ask() {
    work.ask(spec.question(state), data);
  }

  /** @type {(news: Results<T, Name>, more: boolean) => void} */
  function receive(news, more) {
    [results, dirty] = [news, true];
    if (!more) {
      running = false;
      element.removeAttribute("aria-busy");
      announce(spec.verdict(results, state));
    }
    redraw();
  }

  /** Take away answers to another question. */
  function forget() {
    work.drop(); // even if none has come yet: one that is on its way is to another question
    if (running && Object.keys(results).length === 0) return;
    [results, running, dirty] = [none, true, true];
    element.setAttribute("aria-busy", "true");
  }

  function fill() {
    caption.textContent = spec.caption(state);
    head.replaceChildren(...spec.heads(state).map((text) => h("th", { scope: "col" }, text)));
    rows.replaceChildren(
      ...spec.competitors.map((competitor) => {
        const found =
          results[competitor] && "best" in results[competitor] ? results[competitor] : null;
        const { name, color, cells } = spec.row(competitor, found, results, state);
        const first = h("th", { scope: "row", className: color ? `dlx-i${color}` : "" }, name);
        return h("tr", {}, first, ...cells.map((cell) => h("td", {}, ...cell)));
      }),
    );
  }

  /** @type {(plot: Plot, width: number) => void} */
  function draw(plot, width) {
    if (Object.values(results).some(({ runs }) => runs.length))
      spec.draw?.(plot, width, results, state, running);
    else plot.clear(width, "The search begins.");
  }

  return {
    element,
    ask() {
      element.hidden = false;
      results = none;
      forget();
      rest.stop();
      ask();
      redraw();
    },
    /**
     * Redraw for `now`.
     * @type {(now: State, width: number) => void}
     */
    follow(now, width) {
      const before = question;
      state = now;
      question = JSON.stringify(spec.question(now));
      if (element.hidden) return;
      if (before !== question) {
        forget();
        rest(ask);
      }
      if (!dirty && width === drawn) return;
      fill();
      if (plot) draw(plot, width);
      [dirty, drawn] = [false, width];
    },
    stop() {
      rest.stop();
      work.stop();
    },
    running: () => running,
    shown: () => results,
  };
}
