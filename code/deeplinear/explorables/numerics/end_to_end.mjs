// Theorem 1: the end-to-end update rule, which moves the product W of N layers without them. Mirrors
// `deeplinear.end_to_end`.
import {
  copy,
  eye,
  matrix,
  orthogonalize,
  rowLengths,
  times,
  timesTranspose,
  transposeTimes,
} from "./linear_algebra.mjs";

/** @import { Matrix } from "../types.d.ts" */

/**
 * The rule W ← (1 − ηλN) W − η Σ_j [WWᵀ]^((j−1)/N) ∇ [WᵀW]^((N−j)/N), for a W with no more rows than columns.
 *
 * It keeps W as `turnedᵀ · rest` with orthogonal rows in both, so `rest` = Σ Vᵀ and `turned` = Uᵀ. Between
 * these rows the sum is a product of numbers, and a step makes the next decomposition nearly done. Power 0 is
 * the identity; positive ones vanish with σ.
 */
export class EndToEndRule {
  /**
   * @param {Matrix} W
   * @param {number} depth
   */
  constructor(W, depth) {
    const [k, d] = [W.rows, W.columns];
    this.depth = depth;
    this.W = copy(W);
    this.rest = copy(W);
    this.turned = eye(k);
    this.sigma = new Float64Array(k);
    this.slope = matrix(k, d);
    this.inside = matrix(k, k);
    this.right = matrix(k, d);
    this.move = matrix(k, d);
    this.powers = new Float64Array(depth * k).fill(1);
  }

  /**
   * Move `W` by the gradient there.
   * @type {(gradient: Matrix, rate: number, decay?: number) => void}
   */
  step(gradient, rate, decay = 0) {
    const { rest, turned, move, depth } = this;
    orthogonalize(rest, turned);
    this.#precondition(gradient);
    const shrink = 1 - rate * decay * depth;
    for (let i = 0; i < rest.data.length; i++)
      rest.data[i] = shrink * rest.data[i] - rate * move.data[i];
    transposeTimes(turned, rest, this.W);
  }

  /**
   * `move` = Uᵀ Σ_j [WWᵀ]^((j−1)/N) ∇ [WᵀW]^((N−j)/N)
   * @param {Matrix} gradient
   */
  #precondition(gradient) {
    const { turned, right, slope, inside, powers, move, depth } = this;
    const { rows: k, columns: d } = move;
    this.#decompose();
    times(turned, gradient, slope);
    timesTranspose(slope, right, inside);
    for (let p = 0; p < k; p++) {
      for (let q = 0; q < k; q++) {
        let eigenvalue = 0; // without the last term, whose right power is the identity
        for (let j = 0; j < depth - 1; j++)
          eigenvalue += powers[j * k + p] * powers[(depth - 1 - j) * k + q];
        inside.data[p * k + q] *= eigenvalue;
      }
    }
    times(inside, right, move);
    const last = (depth - 1) * k;
    for (let i = 0; i < k * d; i++)
      move.data[i] += powers[last + Math.floor(i / d)] * slope.data[i];
  }

  /** The singular values, the vectors `right`, and in row e of `powers` σ^(2e/N). */
  #decompose() {
    const { rest, right, sigma, powers, depth } = this;
    const { rows: k, columns: d } = rest;
    rowLengths(rest, sigma);
    for (let r = 0; r < k; r++) {
      for (let i = r * d; i < (r + 1) * d; i++)
        right.data[i] = sigma[r] > 0 ? rest.data[i] / sigma[r] : 0;
      const root = Math.pow(sigma[r], 2 / depth);
      for (let e = 1; e < depth; e++) powers[e * k + r] = powers[(e - 1) * k + r] * root;
    }
  }
}
