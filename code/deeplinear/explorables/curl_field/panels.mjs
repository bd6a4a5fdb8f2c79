// The account of CurlField; its plane is in plane.mjs.
import { short } from "../drawing/numbers.mjs";
import { linear } from "../drawing/scales.mjs";
import { PARTS } from "./numerics.mjs";
import { GAIN, LOSE, WALK } from "./plane.mjs";
import { sentenceOf } from "./sentence.mjs";

/**
 * @import { Plot } from "../drawing/plot.mjs"
 * @import { Run, State } from "./types.d.ts"
 */

const PIECES = ["in", "small arc", "out", "large arc"];

/** @type {(plot: Plot, width: number, state: State, run: Run) => void} */
export function drawAccount(plot, width, state, run) {
  const length = run.way.at(-1);
  const level = run.constant ?? 0;
  const low = run.running.reduce((least, value) => Math.min(least, value), level);
  const high = run.running.reduce((most, value) => Math.max(most, value), level);
  const room = 0.14 * (high - low);
  plot.begin(
    width,
    linear(0, 1.02 * length),
    linear(low - room, high + 1.6 * room),
    "way along the curve",
    "gained so far, ∫⟨F, dw⟩",
  );
  const [left, right] = [plot.px(0), plot.px(length)];
  const top = plot.margin[0];
  plot.line([0, length], [0, 0], { width: 1, alpha: 0.6 });
  for (let piece = 0; piece < 4; piece++) {
    const [from, to] = [run.way[PARTS * piece], run.way[PARTS * (piece + 1)]];
    if (piece)
      plot.line([from, from], [low - room, high + 1.6 * room], {
        width: 1,
        dash: [2, 3],
        alpha: 0.6,
      });
    const middle = (plot.px(from) + plot.px(to)) / 2;
    const words = `${piece + 1} ${PIECES[piece]}`;
    const fits = words.length * 7 < plot.px(to) - plot.px(from);
    plot.text(middle, top + 12, fits ? words : String(piece + 1), {
      color: WALK,
      anchor: "middle",
    });
  }
  const done = run.way.findIndex((way) => way >= run.at);
  plot.line([run.at, ...run.way.slice(done)], [run.gained, ...run.running.slice(done)], {
    color: WALK,
    width: 1.6,
    dash: [5, 4],
  });
  plot.line([...run.way.slice(0, done), run.at], [...run.running.slice(0, done), run.gained], {
    color: WALK,
    width: 3.2,
  });
  if (run.constant !== null) {
    plot.line([0, length], [level, level], { color: 5, width: 1.6, dash: [6, 4] });
    const exact = state.loss === "constant" ? "closed form" : "slope at 0 alone";
    plot.text(
      left + 5,
      plot.py(level) + (level < run.total || level < 0 ? 15 : -6),
      `${exact}: ${short(level)}`,
      { color: 5 },
    );
  }
  const [x, y] = [plot.px(run.at), plot.py(run.gained)];
  plot.dots([run.at], [run.gained], 5, { color: WALK });
  const late = x > (left + right) / 2;
  const color = run.gained < 0 ? LOSE : run.gained > 0 ? GAIN : WALK;
  plot.text(x + (late ? -8 : 9), y + (run.total < level ? 20 : -9), short(run.gained), {
    color,
    anchor: late ? "end" : "start",
  });
  const parts = () => run.pieces.map((piece, i) => `${PIECES[i]} ${short(piece)}`).join(", ");
  plot.describe(
    () => `The integral of F along the way. By piece: ${parts()}. ${sentenceOf(state, run)}`,
  );
}
