// The fair comparison as a picture and a table: every rate that was tried, with what it did; the best; the best sturdy one.
import { button, h } from "./controls.mjs";
import { Plot } from "./drawing/plot.mjs";
import { log } from "./drawing/scales.mjs";
import { short, whole } from "./numbers.mjs";
import { SEARCH_STEPS } from "./numerics/rate_search.mjs";
import { startComparison } from "./numerics/two_point_rates.mjs";
import { atRest } from "./rest.mjs";
import { METHODS } from "./two_point_methods.mjs";

const ORDER = ["gd", "rule", "factors", "momentum", "adam"];
const HEADS = ["method", "best rate of all", "best with stable neighbours"];

/** What the rates depend on: a change of anything else leaves the comparison as it is. */
const keyOf = ({ p, depth, ratio, scale, direction, goal }) => JSON.stringify({ p, depth, ratio, scale, direction, goal });

export function comparison({ change, announce, redraw }) {
  const plot = new Plot({ height: 260, margin: [12, 14, 40, 96], title: "Steps to the goal against the learning rate" });
  const rows = h("tbody", {});
  const head = h("tr", {}, ...HEADS.map((text) => h("th", { scope: "col" }, text)));
  const caption = h("caption", {}, "");
  const table = h("table", {}, caption, h("thead", {}, head), rows);
  const element = h("div", { className: "dlx-table", hidden: true }, plot.element, table);
  let results = new Map();
  let asked = false;
  let state;
  let key = "";
  let stop = () => {};
  const rest = atRest();
  let dirty = false;

  function start() {
    stop();
    results = new Map(ORDER.map((method) => [method, { runs: [], best: null, sturdy: null }]));
    element.setAttribute("aria-busy", "true");
    stop = startComparison(state, ORDER, (piece) => {
      if (piece.run) results.get(piece.method).runs.push(piece.run);
      if (piece.best) Object.assign(results.get(piece.method), piece);
      if (piece.done) {
        element.removeAttribute("aria-busy");
        announce(verdict());
      }
      dirty = true;
      redraw();
    });
  }

  function verdict() {
    const { best, sturdy } = results.get("factors");
    const plain = results.get("gd").best;
    const steps = (run) => (run?.reached >= 0 ? `${whole(run.reached)} steps` : "no success");
    return `Best rates found. Plain descent: ${steps(plain)}. Network: ${steps(best)}, or with stable neighbours ${steps(sturdy)}.`;
  }

  function cell(method, run, plain) {
    if (!run) return ["…"];
    if (run.reached < 0) return [`not in ${whole(SEARCH_STEPS)}`];
    const factor = plain?.reached / Math.max(run.reached, 1);
    const pace = factor >= 1 ? `${short(factor, 2)}× faster` : `${short(1 / factor, 2)}× slower`;
    const gain = method !== "gd" && plain?.reached >= 0 && factor !== 1 ? ` ${pace}` : "";
    const show = button(whole(run.reached), () => change({ method, learning_rate: run.rate }), {
      className: "dlx-pick",
      "aria-label": `${whole(run.reached)} steps: show ${METHODS[method].label(state.depth)} at rate ${short(run.rate)}`,
    });
    return [show, gain, h("small", {}, `η = ${short(run.rate)}`)];
  }

  function fill() {
    caption.textContent = `Steps to a loss of ${short(state.goal)} at p = ${short(state.p)}, and the gain on plain descent. Choose a number to see its run.`;
    const plain = results.get("gd");
    rows.replaceChildren(
      ...ORDER.map((method) => {
        const { best, sturdy } = results.get(method);
        const name = h("th", { scope: "row", className: `dlx-i${METHODS[method].color}` }, METHODS[method].label(state.depth));
        return h("tr", {}, name, h("td", {}, ...cell(method, best, plain.best)), h("td", {}, ...cell(method, sturdy, plain.sturdy)));
      }),
    );
  }

  function draw(width) {
    const rates = [...results.values()].flatMap(({ runs }) => runs.map(({ rate }) => rate));
    if (!rates.length) return;
    const never = SEARCH_STEPS * 4;
    const lost = SEARCH_STEPS * 20;
    const steps = log(0.3, lost * 2);
    const fates = [{ at: never, label: `not in ${whole(SEARCH_STEPS)}` }, { at: lost, label: "diverges" }];
    const up = { ...steps, ticks: [...steps.ticks.filter(({ at }) => at <= SEARCH_STEPS), ...fates] };
    plot.begin(width, log(Math.min(...rates) / 2, Math.max(...rates) * 2, width / 70), up, "learning rate η, six to a decade", "steps to the goal");
    const y = ({ reached, diverged }) => (diverged >= 0 ? lost : reached < 0 ? never : Math.max(reached, 1));
    ORDER.forEach((method, row) => {
      const { runs, best } = results.get(method);
      const color = METHODS[method].color;
      const sorted = [...runs].sort((a, b) => a.k - b.k);
      const good = sorted.map((run) => (run.reached >= 0 && run.diverged < 0 ? run : null));
      // A gap in the line is a rate that failed: NaN lifts the pen.
      plot.line(good.map((run) => run?.rate ?? NaN), good.map((run) => (run ? y(run) : NaN)), { color });
      const at = (list) => [list.map(({ rate }) => rate), list.map((run) => y(run) * (run.reached >= 0 && run.diverged < 0 ? 1 : 1.35 ** (row - 2)))];
      plot.dots(...at(sorted.filter((run) => y(run) < never)), 2.6, { color });
      plot.dots(...at(sorted.filter((run) => y(run) >= never)), 1.6, { color, alpha: 0.75 });
      if (!(best?.reached >= 0)) return;
      plot.dots([best.rate], [y(best)], 5, { color, hollow: true });
      // To the right of the best rate runs fail, so there is room; the rule's label keeps off the network's.
      const [across, down, anchor] = { rule: [-10, 4, "end"], adam: [0, 22, "middle"] }[method] ?? [10, 4, "start"];
      plot.text(plot.px(best.rate) + across, plot.py(y(best)) + down, METHODS[method].label(state.depth), { color, anchor });
    });
    plot.describe(() => `Steps to the goal against the learning rate, every rate tried. ${element.getAttribute("aria-busy") ? "" : verdict()}`);
  }

  return {
    element,
    ask() {
      asked = true;
      element.hidden = false;
      start();
      redraw();
    },
    /** Redraw for `now`; if the question has changed since, ask it again once the hand rests. */
    follow(now, width) {
      const before = key;
      state = now;
      key = keyOf(now);
      if (!asked) return;
      if (before && before !== key) {
        element.setAttribute("aria-busy", "true");
        rest(start);
        return;
      }
      if (dirty || width !== plot.width) {
        draw(width);
        fill();
      }
      dirty = false;
    },
    stop() {
      rest.stop();
      stop();
    },
    shown: () => Object.fromEntries([...results].map(([method, { best, sturdy }]) => [method, { best, sturdy }])),
  };
}
