// Small real matrices, row by row: `{rows, columns, data}`. Results go into `out` if there is one, so that a
// loop makes no garbage.

/** @import { Matrix } from "../types.d.ts" */

/**
 * A matrix of zeros, or around `data`.
 * @type {(rows: number, columns: number, data?: Float64Array) => Matrix}
 */
export const matrix = (rows, columns, data = new Float64Array(rows * columns)) => ({
  rows,
  columns,
  data,
});

/**
 * Ones on the diagonal.
 * @type {(rows: number, columns?: number) => Matrix}
 */
export function eye(rows, columns = rows) {
  const made = matrix(rows, columns);
  for (let i = 0; i < Math.min(rows, columns); i++) made.data[i * columns + i] = 1;
  return made;
}

/** @type {(A: Matrix) => Matrix} */
export const copy = (A) => matrix(A.rows, A.columns, A.data.slice());

/** @type {(A: Matrix, out?: Matrix) => Matrix} */
export function transpose(A, out = matrix(A.columns, A.rows)) {
  for (let i = 0; i < A.rows; i++)
    for (let j = 0; j < A.columns; j++) out.data[j * A.rows + i] = A.data[i * A.columns + j];
  return out;
}

/**
 * A B
 * @type {(A: Matrix, B: Matrix, out?: Matrix) => Matrix}
 */
export function times(A, B, out = matrix(A.rows, B.columns)) {
  const { rows, columns: inner, data: a } = A;
  const { columns, data: b } = B;
  const c = out.data;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[i * inner + k] * b[k * columns + j];
      c[i * columns + j] = sum;
    }
  }
  return out;
}

/**
 * Aᵀ B
 * @type {(A: Matrix, B: Matrix, out?: Matrix) => Matrix}
 */
export function transposeTimes(A, B, out = matrix(A.columns, B.columns)) {
  const { rows: inner, columns: rows, data: a } = A;
  const { columns, data: b } = B;
  const c = out.data;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[k * rows + i] * b[k * columns + j];
      c[i * columns + j] = sum;
    }
  }
  return out;
}

/**
 * A Bᵀ
 * @type {(A: Matrix, B: Matrix, out?: Matrix) => Matrix}
 */
export function timesTranspose(A, B, out = matrix(A.rows, B.rows)) {
  const { rows, columns: inner, data: a } = A;
  const { rows: columns, data: b } = B;
  const c = out.data;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[i * inner + k] * b[j * inner + k];
      c[i * columns + j] = sum;
    }
  }
  return out;
}

/**
 * The Frobenius norm of A, or of A − scale·B.
 * @type {(A: Matrix, B?: Matrix | null, scale?: number) => number}
 */
export function norm(A, B = null, scale = 1) {
  let sum = 0;
  for (let i = 0; i < A.data.length; i++) {
    const entry = B ? A.data[i] - scale * B.data[i] : A.data[i];
    sum += entry * entry;
  }
  return Math.sqrt(sum);
}

/**
 * The thin singular value decomposition, `A = left · diag(sigma) · right`, largest value first, by one-sided
 * Jacobi rotations: exact to rounding for small singular values too. Those below the rounding of the largest
 * are 0, and so are their vectors on the longer side of A.
 * @type {(A: Matrix) => { left: Matrix, sigma: Float64Array, right: Matrix }}
 */
export function svd(A) {
  if (A.rows > A.columns) {
    const { left, sigma, right } = svd(transpose(A));
    return { left: transpose(right), sigma, right: transpose(left) };
  }
  const [rest, turned] = [copy(A), eye(A.rows)];
  orthogonalize(rest, turned);
  const lengths = rowLengths(rest);
  const order = Array.from(lengths.keys()).sort((p, q) => lengths[q] - lengths[p]);
  const [k, d] = [A.rows, A.columns];
  const [left, right] = [matrix(k, k), matrix(k, d)];
  order.forEach((r, place) => {
    for (let i = 0; i < k; i++) left.data[i * k + place] = turned.data[r * k + i];
    if (lengths[r] > 0)
      for (let j = 0; j < d; j++) right.data[place * d + j] = rest.data[r * d + j] / lengths[r];
  });
  return { left, sigma: lengths.map((_, place) => lengths[order[place]]), right };
}

/**
 * The lengths of the rows; what is below the rounding of the longest is 0.
 * @type {(A: Matrix, out?: Float64Array) => Float64Array}
 */
export function rowLengths({ rows, columns, data }, out = new Float64Array(rows)) {
  let largest = 0;
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let i = r * columns; i < (r + 1) * columns; i++) sum += data[i] * data[i];
    out[r] = Math.sqrt(sum);
    largest = Math.max(largest, out[r]);
  }
  const noise = largest * Math.max(rows, columns) * Number.EPSILON;
  for (let r = 0; r < rows; r++) if (!(out[r] > noise)) out[r] = 0;
  return out;
}

/**
 * Turn the rows of `rest` until they are orthogonal, and those of `turned` along with them: `turnedᵀ · rest`
 * stays what it is.
 * @type {(rest: Matrix, turned: Matrix) => void}
 */
export function orthogonalize(rest, turned) {
  for (let sweep = 0; sweep < 30 && rotate(rest, turned); sweep++);
}

/**
 * Make each two rows of `rest` orthogonal once, rows of `turned` along with them. False if they are already.
 * @type {(rest: Matrix, turned: Matrix) => boolean}
 */
function rotate(rest, turned) {
  const { rows, columns, data } = rest;
  const rounding = (Number.EPSILON * norm(rest)) ** 2;
  let moved = false;
  for (let p = 0; p < rows - 1; p++) {
    for (let q = p + 1; q < rows; q++) {
      let pp = 0;
      let qq = 0;
      let pq = 0;
      for (let i = 0; i < columns; i++) {
        const x = data[p * columns + i];
        const y = data[q * columns + i];
        pp += x * x;
        qq += y * y;
        pq += x * y;
      }
      if (!(Math.abs(pq) > 1e-15 * Math.sqrt(pp * qq)) || pp <= rounding || qq <= rounding)
        continue;
      moved = true;
      const zeta = (qq - pp) / (2 * pq);
      const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
      const cosine = 1 / Math.sqrt(1 + tangent * tangent);
      turn(rest, p, q, cosine, cosine * tangent);
      turn(turned, p, q, cosine, cosine * tangent);
    }
  }
  return moved;
}

/** @type {(A: Matrix, p: number, q: number, cosine: number, sine: number) => void} */
function turn({ columns, data }, p, q, cosine, sine) {
  for (let i = 0; i < columns; i++) {
    const x = data[p * columns + i];
    const y = data[q * columns + i];
    data[p * columns + i] = cosine * x - sine * y;
    data[q * columns + i] = sine * x + cosine * y;
  }
}
