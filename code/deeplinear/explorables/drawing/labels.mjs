// Names beside the curves of a plot, where they cover neither a curve nor one another. Measured in pixels; no DOM.

const COLUMNS = 48;
const LETTER = 6.9; // an average one at 12 px, bold
const ENOUGH = 7; // more room than this is no better

/**
 * Write the names of curves `{xs, ys, name, color, at}` beside them. `at` is where along the plot a name is best, 0 for its left
 * end, 1 for its right; without a name a curve is only in the way.
 */
export function labelCurves(plot, curves) {
  const heights = curves.map(({ xs, ys }) => heightsOf(plot, xs, ys));
  const written = [];
  curves.forEach(({ name, color, at = 1 }, number) => {
    if (!name) return;
    let best = null;
    for (const place of places(plot, heights[number], name.length * LETTER, at)) {
      const room = Math.min(ENOUGH, ...heights.map((line) => clearance(place, line)), ...written.map((other) => apart(place, other)));
      if (!best || room - place.cost > best.room - best.cost) best = { ...place, room };
    }
    if (!best) return; // nowhere in the picture
    written.push(best);
    plot.text(best.x, best.y, name, { color });
  });
}

/** The pixel heights of a curve at equal distances across the plot; Infinity where it is not. */
function heightsOf(plot, xs, ys) {
  const [left, step] = [plot.margin[3], plot.innerWidth / COLUMNS];
  const at = Array.from(xs, plot.px);
  const height = Array.from(ys, plot.py);
  let i = 0;
  return Array.from({ length: COLUMNS + 1 }, (_, column) => {
    const x = left + column * step;
    while (i < at.length - 2 && at[i + 1] < x) i++;
    if (x < at[0] - 1 || x > at.at(-1) + 1) return Infinity;
    const part = Math.min(1, Math.max(0, (x - at[i]) / (at[i + 1] - at[i])));
    const between = height[i] + part * (height[i + 1] - height[i]);
    return Number.isFinite(between) ? between : Infinity;
  });
}

/** Boxes for a name just above and just below a curve, `{x, y, from, to, top, bottom, cost}`; `from`, `to` count columns. */
function* places(plot, line, width, at) {
  const [left, step] = [plot.margin[3], plot.innerWidth / COLUMNS];
  const [ceiling, floor] = [plot.margin[0], plot.margin[0] + plot.innerHeight];
  const free = plot.innerWidth - width - 8;
  for (let part = 0; part <= 8; part++) {
    const x = left + 4 + (free * part) / 8;
    const [from, to] = [Math.max(0, Math.floor((x - left) / step)), Math.min(COLUMNS, Math.ceil((x + width - left) / step))];
    const own = line.slice(from, to + 1);
    for (const y of [Math.min(...own) - 8, Math.max(...own) + 17]) {
      const box = { x, y, from, to, top: y - 10, bottom: y + 3 };
      if (box.top >= ceiling && box.bottom <= floor) yield { ...box, right: x + width, cost: 0.8 * Math.abs(part - 8 * at) };
    }
  }
}

const clearance = ({ from, to, top, bottom }, line) => {
  let least = Infinity;
  for (let c = from; c <= to; c++) least = Math.min(least, Math.max(top - line[c], line[c] - bottom));
  return least;
};

const apart = (a, b) => Math.max(a.top - b.bottom, b.top - a.bottom, a.x - b.right, b.x - a.right);
