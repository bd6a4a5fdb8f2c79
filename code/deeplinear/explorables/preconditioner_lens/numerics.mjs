// The preconditioner of a 2×2 matrix, and what it makes of a gradient. Mirrors `PreconditionerLens.compute`.

/** @import { Run, State } from "./types.d.ts" */

export const DEEPEST = 8;
/**
 * The two eigenvectors u_r v_r'ᵀ that span each plane, by their indices [r, r'].
 * @type {Record<State["plane"], number[][]>}
 */
export const PLANES = {
  "11-22": [
    [0, 0],
    [1, 1],
  ],
  "11-12": [
    [0, 0],
    [0, 1],
  ],
  "12-21": [
    [0, 1],
    [1, 0],
  ],
};

// In degrees, and exactly 0 where they vanish: a gradient along an eigenvector has no part along the other.
/** @type {(degrees: number) => number} */
const cosine = (degrees) =>
  Math.abs(degrees % 180) === 90 ? 0 : Math.cos((degrees * Math.PI) / 180);
/** @type {(degrees: number) => number} */
const sine = (degrees) => (degrees % 180 === 0 ? 0 : Math.sin((degrees * Math.PI) / 180));

/**
 * Σ_j σ_r^{2(j−1)/N} σ_r'^{2(N−j)/N} for a whole depth N.
 * @type {(sigmaR: number, sigmaS: number, depth: number) => number}
 */
function eigenvalue(sigmaR, sigmaS, depth) {
  const a = Math.pow(sigmaR, 2 / depth);
  const b = Math.pow(sigmaS, 2 / depth);
  let sum = 0;
  for (let j = 1; j <= depth; j++) sum += Math.pow(a, j - 1) * Math.pow(b, depth - j);
  return sum;
}

/**
 * (σ_r² − σ_r'²)/(σ_r^{2/N} − σ_r'^{2/N}) for a real depth N, and its limit where both are equal.
 * @type {(sigmaR: number, sigmaS: number, depth: number) => number}
 */
export function closedForm(sigmaR, sigmaS, depth) {
  const high = Math.max(sigmaR, sigmaS);
  if (high === 0) return depth === 1 ? 1 : 0;
  // With t the quotient is expm1(2t)/expm1(2t/N), stable as the two meet.
  const t = Math.log(Math.min(sigmaR, sigmaS) / high);
  return (
    Math.pow(high, 2 - 2 / depth) *
    (t === 0 ? depth : Math.expm1(2 * t) / Math.expm1((2 * t) / depth))
  );
}

/**
 * The matrix Σ parts[r][s] u_r v_sᵀ, u turned to the left by `rotation` degrees and v to the right.
 * @type {(parts: number[][], rotation: number) => number[][]}
 */
function compose(parts, rotation) {
  const [c, s] = [cosine(rotation), sine(rotation)];
  const u = [
    [c, s],
    [-s, c],
  ];
  const v = [
    [c, -s],
    [s, c],
  ];
  /** @type {(i: number, j: number) => number} */
  const entry = (i, j) => {
    let sum = 0;
    for (let r = 0; r < 2; r++) for (let q = 0; q < 2; q++) sum += u[r][i] * parts[r][q] * v[q][j];
    return sum;
  };
  return [
    [entry(0, 0), entry(0, 1)],
    [entry(1, 0), entry(1, 1)],
  ];
}

/**
 * A 2×2 table with the two values at the places of a plane, 0 elsewhere.
 * @type {(plane: State["plane"], values: number[]) => number[][]}
 */
export function spread(plane, values) {
  const table = [
    [0, 0],
    [0, 0],
  ];
  PLANES[plane].forEach(([r, s], i) => (table[r][s] = values[i]));
  return table;
}

/**
 * Between a vector and its image, in degrees: 0 where they differ by rounding alone, null where the image is 0.
 * @type {(axes: number[], vector: number[]) => number | null}
 */
function angleBetween(axes, [x, y]) {
  const along = axes[0] * x * x + axes[1] * y * y;
  const across = Math.abs(x * y * (axes[1] - axes[0]));
  if (along === 0) return null;
  return across <= 1e-12 * along ? 0 : (Math.atan2(across, along) * 180) / Math.PI;
}

/**
 * The gradient of length 1 at `angle` in `plane`, and its image under P: `matrix`, `gradient`, `image` are
 * 2×2; `eigenvalues` at [r][r'], those of depths 1 to 8 in `by_depth`; in the plane, `axes`, `before` and
 * `after`; `amplification` and `turned`.
 * @type {(state: State) => Run}
 */
export function compute({ sigma_1, sigma_2, depth, plane, angle, rotation }) {
  const sigma = [sigma_1, sigma_2];
  /** @param {number} N */
  const table = (N) => sigma.map((r) => sigma.map((s) => eigenvalue(r, s, N)));
  const by_depth = Array.from({ length: DEEPEST }, (_, i) => table(i + 1));
  const eigenvalues = by_depth[depth - 1];
  const axes = PLANES[plane].map(([r, s]) => eigenvalues[r][s]);
  const before = [cosine(angle), sine(angle)];
  const after = [axes[0] * before[0], axes[1] * before[1]];
  return {
    matrix: compose(
      [
        [sigma_1, 0],
        [0, sigma_2],
      ],
      rotation,
    ),
    gradient: compose(spread(plane, before), rotation),
    image: compose(spread(plane, after), rotation),
    eigenvalues,
    by_depth,
    axes,
    before,
    after,
    amplification: Math.hypot(after[0], after[1]),
    turned: angleBetween(axes, before),
  };
}
