// The edge of stability: the largest curvature of the loss as a function of the layers.

/** @import { Problem } from "./types.d.ts" */

/**
 * The largest eigenvalue of a symmetric matrix, n rows of n numbers, by Jacobi's rotations; the matrix is used up.
 * @type {(A: Float64Array, n: number) => number}
 */
export function largestEigenvalue(A, n) {
  for (let sweep = 0; sweep < 30; sweep++) {
    let moved = false;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        const [a, b, c] = [A[p * n + p], A[q * n + q], A[p * n + q]];
        if (!(Math.abs(c) > 1e-13 * Math.sqrt(Math.abs(a * b)))) continue;
        moved = true;
        const zeta = (b - a) / (2 * c);
        const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const cosine = 1 / Math.sqrt(1 + tangent * tangent);
        rotate(A, n, p, q, cosine, cosine * tangent);
      }
    }
    if (!moved) break;
  }
  let largest = -Infinity;
  for (let i = 0; i < n; i++) largest = Math.max(largest, A[i * n + i]);
  return largest;
}

/**
 * @type {(
 *   A: Float64Array,
 *   n: number,
 *   p: number,
 *   q: number,
 *   cosine: number,
 *   sine: number,
 * ) => void}
 */
function rotate(A, n, p, q, cosine, sine) {
  for (const [across, along] of [
    [1, n],
    [n, 1],
  ]) {
    for (let i = 0; i < n; i++) {
      const x = A[p * across + i * along];
      const y = A[q * across + i * along];
      A[p * across + i * along] = cosine * x - sine * y;
      A[q * across + i * along] = sine * x + cosine * y;
    }
  }
}

/**
 * The second derivatives of the loss by the end-to-end weights, from the residuals there.
 * @type {(problem: Problem, p: number) => Float64Array}
 */
function hessian({ rows, nodes, inputs, residuals }, p) {
  const H = new Float64Array(nodes * nodes);
  for (let i = 0, at = 0; i < rows; i++, at += nodes) {
    const weight = ((p - 1) * Math.pow(Math.abs(residuals[i]), p - 2)) / rows;
    for (let j = 0; j < nodes; j++) {
      const x = weight * inputs[at + j];
      for (let k = 0; k < nodes; k++) H[j * nodes + k] += x * inputs[at + k];
    }
  }
  return H;
}

/**
 * The largest curvature in the parameters (v, s_1, s_2 …), where w = c v, c = s_1 s_2 ⋯ and `g` is the
 * gradient at w: JᵀHJ for the Jacobian J of w, and g times the second derivatives of w.
 * @type {(problem: Problem, p: number, parameters: Float64Array, g: Float64Array) => number}
 */
export function curvature(problem, p, parameters, g) {
  const { nodes } = problem;
  const H = hessian(problem, p);
  const numbers = parameters.subarray(nodes);
  const n = parameters.length;
  /** @param {number[]} left */
  const others = (...left) =>
    numbers.reduce((product, s, j) => (left.includes(j) ? product : product * s), 1);
  const c = others();
  const v = parameters.subarray(0, nodes);
  const Hv = v.map((_, k) => v.reduce((sum, x, i) => sum + x * H[k * nodes + i], 0));
  /** @type {(a: Float64Array, b: Float64Array) => number} */
  const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  const A = new Float64Array(n * n);
  for (let j = 0; j < nodes; j++)
    for (let k = 0; k < nodes; k++) A[j * n + k] = c * c * H[j * nodes + k];
  for (let j = 0; j < n - nodes; j++) {
    const [other, row] = [others(j), nodes + j];
    for (let k = 0; k < nodes; k++) A[row * n + k] = A[k * n + row] = other * (c * Hv[k] + g[k]);
    for (let k = 0; k <= j; k++) {
      const pair = other * others(k) * dot(v, Hv) + (k < j ? others(j, k) * dot(v, g) : 0);
      A[row * n + nodes + k] = A[(nodes + k) * n + row] = pair;
    }
  }
  return largestEigenvalue(A, n);
}
