// A deep linear network is a list of layers, matrices W_1 … W_N; its function is their product. Mirrors
// `deeplinear.factors`.
import {
  copy,
  eye,
  matrix,
  norm,
  svd,
  times,
  timesTranspose,
  transposeTimes,
} from "./linear_algebra.mjs";
import { normals } from "./normals.mjs";

/** @import { Imbalance, Matrix } from "../types.d.ts" */

/**
 * A network with room for its own products and gradients: steps make no garbage. Arrays `below` and `above`
 * start at layer 1.
 */
export class Network {
  /** @param {Matrix[]} layers */
  constructor(layers) {
    const [inputs, outputs] = [layers[0].columns, layers.at(-1).rows];
    this.layers = layers;
    this.below = layers.map((W, j) => (j === 0 ? W : matrix(W.rows, inputs))); // W_j ⋯ W_1
    this.above = layers.map((W) => matrix(W.columns, inputs)); // (W_N ⋯ W_j)ᵀ ∇
    this.slopes = layers.map((W) => matrix(W.rows, W.columns));
    this.outputs = outputs;
  }

  /** The end-to-end matrix W_N ⋯ W_1, valid until the next step. */
  product() {
    const { layers, below } = this;
    for (let j = 1; j < layers.length; j++) times(layers[j], below[j - 1], below[j]);
    return below.at(-1);
  }

  /**
   * ∂L/∂W_j = (W_N ⋯ W_{j+1})ᵀ ∇ (W_{j−1} ⋯ W_1)ᵀ for every layer, from the gradient ∇ at the last `product()`.
   * @param {Matrix} gradient
   */
  gradients(gradient) {
    const { layers, below, above, slopes } = this;
    let upper = gradient;
    for (let j = layers.length - 1; j > 0; j--) {
      timesTranspose(upper, below[j - 1], slopes[j]);
      upper = transposeTimes(layers[j], upper, above[j]);
    }
    slopes[0] = upper;
    return slopes;
  }

  /**
   * W_j ← (1 − ηλ) W_j − η ∂L/∂W_j for every layer, from the gradient at the last `product()`.
   * @type {(gradient: Matrix, rate: number, decay?: number) => void}
   */
  step(gradient, rate, decay = 0) {
    const shrink = 1 - rate * decay;
    const slopes = this.gradients(gradient);
    this.layers.forEach(({ data }, j) => {
      const slope = slopes[j].data;
      for (let i = 0; i < data.length; i++) data[i] = shrink * data[i] - rate * slope[i];
    });
  }
}

/**
 * Room for the imbalance of layers, and for what it is computed from.
 * @type {(layers: Matrix[]) => Imbalance}
 */
export function imbalanceRoom(layers) {
  const squares = () => layers.slice(1).map(({ columns }) => matrix(columns, columns));
  const first = matrix(layers[0].columns, layers[0].columns);
  return { gaps: squares(), inner: squares(), first, largest: 0 };
}

/**
 * `gaps` D_j = W_{j+1}ᵀ W_{j+1} − W_j W_jᵀ for every two neighbours, and `largest`, the largest ‖W_j W_jᵀ‖
 * that they compare.
 * @type {(layers: Matrix[], out?: Imbalance) => Imbalance}
 */
export function imbalance(layers, out = imbalanceRoom(layers)) {
  out.largest = norm(transposeTimes(layers[0], layers[0], out.first));
  out.gaps.forEach((gap, j) => {
    transposeTimes(layers[j + 1], layers[j + 1], gap);
    out.largest = Math.max(out.largest, norm(gap));
    const inner = timesTranspose(layers[j], layers[j], out.inner[j]);
    for (let i = 0; i < gap.data.length; i++) gap.data[i] -= inner.data[i];
  });
  return out;
}

/**
 * The sizes of the layers from input to output: `(d, width, …, width, k)`.
 * @type {(inputs: number, outputs: number, depth: number, width: number) => number[]}
 */
export const sizesOf = (inputs, outputs, depth, width) => [
  inputs,
  ...Array(depth - 1).fill(width),
  outputs,
];

/**
 * Factors of equal strength, U Σ^(1/N), Σ^(1/N), …, Σ^(1/N) Vᵀ, of the best approximation of W by a matrix of
 * rank `width`.
 * @type {(W: Matrix, depth: number, width: number) => Matrix[]}
 */
export function balanced(W, depth, width) {
  if (depth === 1) return [copy(W)];
  const { left, sigma, right } = svd(W);
  const kept = Math.min(width, sigma.length);
  /** @param {number} r */
  const root = (r) => Math.pow(sigma[r], 1 / depth);
  return Array.from({ length: depth }, (_, j) => {
    const [rows, columns] = [j === depth - 1 ? W.rows : width, j === 0 ? W.columns : width];
    const layer = matrix(rows, columns);
    for (let r = 0; r < kept; r++) {
      if (j === 0)
        for (let i = 0; i < columns; i++)
          layer.data[r * columns + i] = root(r) * right.data[r * columns + i];
      else if (j < depth - 1) layer.data[r * columns + r] = root(r);
      else
        for (let i = 0; i < rows; i++)
          layer.data[i * columns + r] = root(r) * left.data[i * sigma.length + r];
    }
    return layer;
  });
}

/**
 * Ones on every diagonal.
 * @type {(sizes: number[]) => Matrix[]}
 */
export const identity = (sizes) => sizes.slice(1).map((rows, j) => eye(rows, sizes[j]));

/**
 * Independent, nearly normal weights; `scale(rows, columns)` is their standard deviation in a layer of this shape.
 * @type {(
 *   sizes: number[],
 *   scale: (rows: number, columns: number) => number,
 *   seed: number,
 * ) => Matrix[]}
 */
export function random(sizes, scale, seed) {
  const total = sizes.slice(1).reduce((sum, rows, j) => sum + rows * sizes[j], 0);
  const draws = normals(seed, total);
  let used = 0;
  return sizes.slice(1).map((rows, j) => {
    const std = scale(rows, sizes[j]);
    const data = draws.slice(used, (used += rows * sizes[j])).map((z) => std * z);
    return matrix(rows, sizes[j], data);
  });
}
