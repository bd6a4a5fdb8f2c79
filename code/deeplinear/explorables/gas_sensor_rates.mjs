// The fair comparison of depths as a picture, every rate that was tried, and as a table, what each depth has at its own best.
import { button, h } from "./controls.mjs";
import { Plot } from "./drawing/plot.mjs";
import { log } from "./drawing/scales.mjs";
import { power, short, whole } from "./numbers.mjs";
import { live } from "./numerics/gas_sensor_live.mjs";
import { atRest } from "./rest.mjs";

const known = (values) => values.map((value) => (value < Infinity ? value : NaN));

export function comparison({ change, announce, redraw, data }) {
  const plot = new Plot({ height: 260, title: "Distance against the learning rate" });
  const rows = h("tbody", {});
  const head = h("tr", {});
  const caption = h("caption", {});
  const table = h("table", {}, caption, h("thead", {}, head), rows);
  const element = h("div", { className: "dlx-table", hidden: true }, plot.element, table);
  let results = {};
  const rest = atRest();
  let [running, dirty, key, state] = [false, false, "", null];
  let work;

  function ask() {
    work ??= live("compare", (news, more) => {
      [results, running, dirty] = [news, more, true];
      if (!more) {
        element.removeAttribute("aria-busy");
        announce(verdict());
      }
      redraw();
    });
    element.hidden = false;
    busy();
    work.ask(state, data);
    redraw();
  }

  function busy() {
    running = true;
    element.setAttribute("aria-busy", "true");
  }

  const verdict = () =>
    Object.entries(results)
      .map(([depth, { best }]) => `Depth ${depth}: distance ${best ? `${short(best.loss)} at its best rate` : "unknown"}.`)
      .join(" ");

  function pick(depth, run, value, fate) {
    const text = short(value);
    const label = `${text}: show depth ${depth} at rate ${short(run.rate)}`;
    const show = () => change({ depth, learning_rate: run.rate });
    return h("td", {}, button(text, show, { className: "dlx-pick", "aria-label": label }), h("small", {}, `η = ${short(run.rate)}${fate}`));
  }

  function fill() {
    const [tenth, end] = [whole(Math.floor(state.steps / 10)), whole(state.steps)];
    caption.textContent = `Distance from the optimum on ℓ${state.p}, each depth at its own rate. Choose a number to see its run.`;
    const heads = ["depth", `best at ${end}`, `the same at ${tenth}`, `best at ${tenth}, and its fate`];
    head.replaceChildren(...heads.map((text) => h("th", { scope: "col" }, text)));
    rows.replaceChildren(
      ...Object.entries(results).map(([depth, { best, hasty }]) => {
        const name = h("th", { scope: "row", className: `dlx-i${depth}` }, depth);
        if (!best) return h("tr", {}, name, h("td", { colSpan: 3 }, "…"));
        const fate = hasty.diverged >= 0 ? `, dies at ${whole(hasty.diverged)}` : `, ends at ${short(hasty.loss)}`;
        return h("tr", {}, name, pick(+depth, best, best.loss, ""), h("td", {}, short(best.early)), pick(+depth, hasty, hasty.early, fate));
      }),
    );
  }

  function draw(width) {
    const all = Object.values(results).flatMap(({ runs }) => runs);
    const alive = all.flatMap(({ loss, early }) => [loss, early]).filter((x) => x > 0 && x < Infinity);
    if (!alive.length) return;
    const rates = all.map(({ rate }) => rate);
    const x = log(Math.min(...rates) / 1.5, Math.max(...rates) * 1.5, width / 70);
    plot.begin(width, x, log(Math.min(...alive) / 2, Math.max(...alive) * 8), "learning rate η", `mean ${power("|r|", state.p)} − optimum`);
    plot.text(plot.margin[3] + 4, plot.margin[0] + 12, "× diverges");
    for (const [name, { runs, best }] of Object.entries(results)) {
      const color = Number(name);
      const sorted = [...runs].sort((a, b) => a.k - b.k);
      const at = sorted.map(({ rate }) => rate);
      const ends = known(sorted.map(({ loss }) => loss));
      plot.line(at, known(sorted.map(({ early }) => early)), { color, dash: [2, 4], width: 1.4 });
      plot.line(at, ends, { color });
      plot.dots(at, ends, 2.6, { color });
      for (const { rate, diverged } of sorted) if (diverged >= 0) plot.cross(plot.px(rate), plot.margin[0] + 8 * color, 3, { color, width: 1.6 });
      if (!best) continue;
      plot.dots([best.rate], [best.loss], 5, { color, hollow: true });
      plot.text(plot.px(best.rate) + 10, plot.py(best.loss) + 4, `depth ${name}`, { color });
    }
    plot.describe(() => `Distance from the optimum against the learning rate, every rate tried, at the end and, dotted, at a tenth of the run. ${verdict()}`);
  }

  return {
    element,
    ask,
    /** Redraw for `now`; if the question has changed since, ask it again once the hand rests. */
    follow(now, width) {
      const before = key;
      state = { ...now, depth: 0, learning_rate: 0 };
      key = JSON.stringify(state);
      if (element.hidden) return;
      if (before !== key) {
        busy();
        rest(ask);
      } else if (dirty || width !== plot.width) {
        draw(width);
        fill();
      }
      dirty = false;
    },
    stop() {
      rest.stop();
      work?.stop();
    },
    running: () => running,
    shown: () => results,
  };
}
