// The gas-sensor regression in small: rows with the second moments in `data`. Mirrors
// `deeplinear.explorables._gas_sensor_problem`.
import { normals } from "../numerics/normals.mjs";

/** @import { Data, Problem } from "./types.d.ts" */

export const ROWS = 192;
const FAST = 5;
const SEED = 1;

/** @type {(a: Float64Array, b: Float64Array) => number} */
const dot = (a, b) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/**
 * What is left of a column beside the others, with mean square 1.
 * @type {(column: Float64Array, others: Float64Array[]) => Float64Array}
 */
function orthonormal(column, others) {
  for (const other of others) {
    const along = dot(other, column) / ROWS;
    for (let i = 0; i < ROWS; i++) column[i] -= along * other[i];
  }
  const size = Math.sqrt(dot(column, column) / ROWS);
  return column.map((x) => x / size);
}

/** @type {(data: Data) => Problem} */
function make({ eigenvalues, projections }) {
  const nodes = eigenvalues.length;
  const draws = normals(SEED, ROWS * (nodes + 2));
  /** @type {Float64Array[]} */
  const columns = [new Float64Array(ROWS).fill(1)];
  for (let j = 0; j <= nodes; j++) {
    const column = new Float64Array(ROWS);
    for (let i = 0; i < ROWS; i++) {
      const at = i * (nodes + 2);
      const heavy = draws[at] * draws[at];
      column[i] = draws[at + j + 1] * (j < FAST ? 2 + heavy : 0.3 + heavy * heavy);
    }
    columns.push(orthonormal(column, columns));
  }
  const inputs = new Float64Array(ROWS * nodes);
  const targets = new Float64Array(ROWS);
  let explained = 0;
  for (let j = 0; j < nodes; j++) {
    const scale = Math.sqrt(eigenvalues[j]);
    for (let i = 0; i < ROWS; i++) {
      inputs[i * nodes + j] = columns[j + 1][i] * scale;
      targets[i] += projections[j] * columns[j + 1][i];
    }
    explained += projections[j] * projections[j];
  }
  const rest = Math.sqrt(1 - explained);
  for (let i = 0; i < ROWS; i++) targets[i] += rest * columns[nodes + 1][i];
  return { rows: ROWS, nodes, inputs, targets, residuals: new Float64Array(ROWS) };
}

/** @type {WeakMap<Data, Problem>} */
const made = new WeakMap();

/**
 * Inputs, row by row, and targets: of the same moments the same.
 * @type {(data: Data) => Problem}
 */
export function problemOf(data) {
  const problem = made.get(data) ?? make(data);
  made.set(data, problem);
  return problem;
}

/**
 * mean |r|^p at the weights `w`; the gradient of (1/p) mean |r|^p goes into `g`.
 * @type {(problem: Problem, p: number, w: Float64Array, g: Float64Array) => number}
 */
export function lossAndGradient({ rows, nodes, inputs, targets, residuals }, p, w, g) {
  g.fill(0);
  let loss = 0;
  for (let i = 0, at = 0; i < rows; i++, at += nodes) {
    let r = 0;
    for (let j = 0; j < nodes; j++) r += inputs[at + j] * w[j];
    r -= targets[i];
    residuals[i] = r;
    const size = r < 0 ? -r : r;
    let slope = r;
    for (let k = 2; k < p; k++) slope *= size;
    loss += r * slope;
    for (let j = 0; j < nodes; j++) g[j] += inputs[at + j] * slope;
  }
  for (let j = 0; j < nodes; j++) g[j] /= rows;
  return loss / rows;
}
