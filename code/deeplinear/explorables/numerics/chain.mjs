// A network of hidden width 1 is a chain: a vector v, the first layer, and the numbers s_1, s_2 … above it; its
// weights are w = c v with c = s_1 s_2 ⋯. All parameters are in one array. Mirrors
// `deeplinear.explorables.numerics.chain`, to the last digit. Results go into arrays: a number that changes with
// every step would be one more on the heap.

/** @import { Chain } from "../types.d.ts" */

/**
 * The chain of the `parameters` v, s_1, s_2 …, the first `size` of them v. `forward()` fills its `weights` and the
 * products `below` each number, the last of them c; `pullBack(g)` then fills the `slopes` of a loss by all
 * parameters, from its gradient `g` by the weights.
 * @type {(parameters: Float64Array, size: number, weights?: Float64Array) => Chain}
 */
export function chainOf(parameters, size, weights = new Float64Array(size)) {
  const count = parameters.length - size;
  const slopes = new Float64Array(parameters.length);
  const below = new Float64Array(count + 1).fill(1);

  function forward() {
    let product = 1;
    for (let j = 0; j < count; j++) {
      product *= parameters[size + j];
      below[j + 1] = product;
    }
    for (let i = 0; i < size; i++) weights[i] = product * parameters[i];
  }

  /** @param {Float64Array} g */
  function pullBack(g) {
    const product = below[count];
    let along = 0;
    for (let i = 0; i < size; i++) {
      along += g[i] * parameters[i];
      slopes[i] = product * g[i];
    }
    let above = 1;
    for (let j = count - 1; j >= 0; j--) {
      slopes[size + j] = along * (below[j] * above);
      above *= parameters[size + j];
    }
  }

  return { parameters, weights, below, slopes, forward, pullBack };
}
