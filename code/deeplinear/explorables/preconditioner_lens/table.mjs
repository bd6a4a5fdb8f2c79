// The four eigenvalues of P as a table, with the part of the gradient each one multiplies, and the matrices in numbers.
import { h, setText } from "../frame/controls.mjs";
import { short } from "../drawing/numbers.mjs";
import { PLANES, spread } from "./numerics.mjs";

/** @import { Run, State } from "./types.d.ts" */

// Always about as long, so that nothing jumps while the numbers run.
/** @type {(x: number) => string} */
const fixed = (x) =>
  Math.abs(x) < 0.005 ? "0.00" : x.toFixed(Math.abs(x) < 9.995 ? 2 : 1).replace("-", "−");
/** @type {(matrix: number[][]) => string} */
const entries = (matrix) => `(${matrix.map((row) => row.map(fixed).join(", ")).join("; ")})`;

/**
 * `element`, its `own` box, and `fill(state, result)`, which writes what has changed. `colorOf(r, s)` is an
 * eigenvalue's.
 * @param {(r: number, s: number) => number} colorOf
 */
export function eigenvalueTable(colorOf) {
  /** @type {(r: number, s: number) => { cell: HTMLElement, value: HTMLElement, part: HTMLElement }} */
  const cellOf = (r, s) => {
    const [value, part] = [h("b", { className: `dlx-i${colorOf(r, s)}` }), h("small")];
    const cell = h("td", {}, value, part);
    cell.style.padding = "0.3rem 0.6rem";
    return { cell, value, part };
  };
  const cells = [0, 1].map((r) => [0, 1].map((s) => cellOf(r, s)));
  const body = cells.map((row, r) =>
    h("tr", {}, h("th", { scope: "row" }, `u${"₁₂"[r]}`), ...row.map(({ cell }) => cell)),
  );
  const head = h("tr", {}, h("td"), ...["v₁", "v₂"].map((name) => h("th", { scope: "col" }, name)));
  const caption = h("caption", {}, "Eigenvalues of P, and the gradient’s part before and after");
  const numbers = ["W", "∇", "P∇"].map((name) => ({ name, place: h("span") }));
  for (const { place } of numbers)
    Object.assign(place.style, {
      display: "inline-block",
      whiteSpace: "nowrap",
      marginRight: "1em",
    });
  const line = h("p", { className: "dlx-small" }, ...numbers.flatMap(({ place }) => [place, " "]));
  // Room for two lines: with minus signs the matrices need them.
  Object.assign(line.style, {
    fontVariantNumeric: "tabular-nums",
    maxWidth: "none",
    minHeight: "2.9em",
  });
  const table = h("table", {}, caption, h("thead", {}, head), h("tbody", {}, ...body));
  table.style.tableLayout = "fixed";
  const own = h("div", {}, table, line);
  const element = h("div", { className: "dlx-table" }, own);
  Object.assign(element.style, { flex: "1 1 100%", margin: "0" });

  /** @type {(state: State, result: Run) => void} */
  function fill({ plane }, result) {
    const [before, after] = [spread(plane, result.before), spread(plane, result.after)];
    /** @type {(r: number, s: number) => boolean} */
    const chosen = (r, s) => PLANES[plane].some(([a, b]) => a === r && b === s);
    cells.forEach((row, r) =>
      row.forEach(({ cell, value, part }, s) => {
        setText(value, short(result.eigenvalues[r][s]));
        setText(part, chosen(r, s) ? `${fixed(before[r][s])} → ${fixed(after[r][s])}` : "no part");
        frame(cell, chosen(r, s));
      }),
    );
    numbers.forEach(({ name, place }, i) =>
      setText(place, `${name} = ${entries([result.matrix, result.gradient, result.image][i])}`),
    );
  }
  return { element, own, fill };
}

/** @type {(cell: HTMLElement & { framed?: boolean }, framed: boolean) => void} */
function frame(cell, framed) {
  if (cell.framed !== framed)
    cell.style.boxShadow = framed ? "inset 0 0 0 2px currentColor" : "none";
  cell.framed = framed;
}
