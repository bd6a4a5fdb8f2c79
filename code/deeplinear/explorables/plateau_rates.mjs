// The fair comparison of depths as a table: what each needs at its own best rate, and at the best that is not a lucky hit.
import { button, h } from "./controls.mjs";
import { short, whole } from "./numbers.mjs";
import { startComparison } from "./numerics/plateau_rates.mjs";
import { atRest } from "./rest.mjs";

const DEPTHS = [1, 2, 3, 4, 8, 16];
const HEADS = ["depth", "best rate of all", "best with stable neighbours"];

/** What the rates depend on. */
const keyOf = ({ scale, identity, target, seed, steps }) => JSON.stringify([scale, identity, target, seed, steps]);

export function comparison({ change, announce, redraw }) {
  const rows = h("tbody", {});
  const caption = h("caption", {});
  const head = h("thead", {}, h("tr", {}, ...HEADS.map((text) => h("th", { scope: "col" }, text))));
  const element = h("div", { className: "dlx-table", hidden: true }, h("table", {}, caption, head, rows));
  let results = new Map();
  let running = false;
  let state;
  let key = "";
  let stop = () => {};
  const rest = atRest();

  function start() {
    stop();
    results = new Map();
    fill();
    stop = startComparison(state, DEPTHS, (piece) => {
      if (piece.done) {
        running = false;
        element.removeAttribute("aria-busy");
        announce(`Best rates found. ${DEPTHS.map((depth) => `Depth ${depth}: ${steps(results.get(depth).sturdy)}`).join(". ")}.`);
        redraw();
      } else if (!piece.run) {
        results.set(piece.method, piece);
        fill();
      }
    });
  }

  const steps = (run) => (run?.reached >= 0 ? `${whole(run.reached)} steps` : `not in ${whole(state.steps)}`);

  function cell(depth, run) {
    if (!(run?.reached >= 0)) return [steps(run)];
    const label = `${steps(run)}: show depth ${depth} at rate ${short(run.rate)}`;
    const show = () => change({ depth, learning_rate: run.rate });
    return [button(whole(run.reached), show, { className: "dlx-pick", "aria-label": label }), h("small", {}, `η = ${short(run.rate)}`)];
  }

  function fill() {
    caption.textContent = "Steps to a loss of 10⁻⁸ from this start, each depth at its own rate. Choose a number to see its run.";
    rows.replaceChildren(
      ...DEPTHS.map((depth) => {
        const found = results.get(depth);
        const cells = ["best", "sturdy"].map((which) => h("td", {}, ...(found ? cell(depth, found[which]) : ["…"])));
        return h("tr", {}, h("th", { scope: "row" }, String(depth)), ...cells);
      }),
    );
  }

  const ask = () => {
    running = true;
    element.hidden = false;
    element.setAttribute("aria-busy", "true");
    start();
  };

  return {
    element,
    ask,
    /** If the question has changed since it was asked, ask it again once the hand rests. */
    follow(now) {
      const before = key;
      state = now;
      key = keyOf(now);
      if (element.hidden || before === key) return;
      running = true;
      element.setAttribute("aria-busy", "true");
      rest.stop();
      timer = setTimeout(ask, 250);
    },
    stop() {
      rest.stop();
      stop();
    },
    shown: () => ({ running, comparison: Object.fromEntries(results) }),
  };
}
