// The closed curve of Theorem 2: in radius and angle it is a rectangle.
import { SLOPE } from "./losses.mjs";

/** @import { Curve, State } from "./types.d.ts" */

/**
 * Radii and angle, the `lengths` of the four pieces, the way to each of the `corners`, and `place(piece, u)`.
 * @type {(state: State) => Curve}
 */
export function curveOf({ outer, ratio, span }) {
  const inner = ratio * outer;
  const turn = (span * Math.PI) / 180;
  const axis = Math.atan2(SLOPE[1], SLOPE[0]);
  const ends = [
    [outer, axis + turn],
    [inner, axis + turn],
    [inner, axis],
    [outer, axis],
    [outer, axis + turn],
  ];
  const lengths = [0, 1, 2, 3].map(
    (k) =>
      Math.abs(ends[k + 1][0] - ends[k][0]) +
      ends[k + 1][0] * Math.abs(ends[k + 1][1] - ends[k][1]),
  );
  const corners = [0];
  for (const length of lengths) corners.push(corners.at(-1) + length);

  /**
   * The place on a piece and dw/du there, `[w1, w2, v1, v2]`, at `u` from 0 at its begin to 1 at its end.
   * @type {Curve["place"]}
   */
  const place = (piece, u, at = [0, 0, 0, 0]) => {
    const from = ends[piece];
    const to = ends[piece + 1];
    const out = to[0] - from[0];
    const around = to[1] - from[1];
    const radius = from[0] + u * out;
    const angle = from[1] + u * around;
    const x = Math.cos(angle);
    const y = Math.sin(angle);
    at[0] = radius * x;
    at[1] = radius * y;
    at[2] = out * x - radius * around * y;
    at[3] = out * y + radius * around * x;
    return at;
  };
  return { inner, outer, turn, lengths, corners, place };
}
