// Losses of two weights by their gradients, and the end-to-end field and its curl. Results go into `out`, so that a walk makes no
// garbage.

/** ∇L(0), of norm 1, where the gradient is continuous; it is also the axis of the curve. */
export const SLOPE = [0.8, 0.6];
/** Of the quadratic losses ⟨SLOPE, w⟩ + ½ (k₁w₁² + k₂w₂²). */
export const CURVATURES = { constant: [0, 0], isotropic: [1, 1], anisotropic: [1, 5] };
/** Where the ℓ4 loss ¼ Σ (w − y)⁴ has its minimum: its gradient at 0 is SLOPE. */
export const TARGETS = SLOPE.map((c) => -Math.cbrt(c));

/** `(w1, w2)` to `[g1, g2, h1, h2]`, the gradient and Hw. */
function derivatives({ loss, depth }) {
  const out = new Float64Array(4);
  const fill = (g1, g2, h1, h2) => {
    out[0] = g1;
    out[1] = g2;
    out[2] = h1;
    out[3] = h2;
    return out;
  };
  if (loss in CURVATURES) {
    const [k1, k2] = CURVATURES[loss];
    return (w1, w2) => fill(SLOPE[0] + k1 * w1, SLOPE[1] + k2 * w2, k1 * w1, k2 * w2);
  }
  if (loss === "l4")
    return (w1, w2) => {
      const r1 = w1 - TARGETS[0];
      const r2 = w2 - TARGETS[1];
      return fill(r1 * r1 * r1, r2 * r2 * r2, 3 * r1 * r1 * w1, 3 * r2 * r2 * w2);
    };
  // (w₁⁴ + 3w₂⁴)^a is homogeneous of degree 4a = 2/N, so Hw = (2/N − 1) g by Euler.
  const a = 1 / (2 * depth);
  return (w1, w2) => {
    const v1 = w1 * w1 * w1;
    const v2 = 3 * w2 * w2 * w2;
    const scale = 4 * a * Math.pow(v1 * w1 + v2 * w2, a - 1);
    const euler = scale * (4 * a - 1);
    return fill(scale * v1, scale * v2, euler * v1, euler * v2);
  };
}

/** The field F of a state: `(w1, w2)`, not the origin, to `[F1, F2]`. */
export function fieldAt(state) {
  const of = derivatives(state);
  const N = state.depth;
  return (w1, w2, out = [0, 0]) => {
    const g = of(w1, w2);
    const norm = Math.sqrt(w1 * w1 + w2 * w2);
    const x = w1 / norm;
    const y = w2 / norm;
    const along = (N - 1) * (g[0] * x + g[1] * y);
    const size = Math.pow(norm, 2 - 2 / N);
    out[0] = size * (g[0] + along * x);
    out[1] = size * (g[1] + along * y);
    return out;
  };
}

/** The curl ∂₁F₂ − ∂₂F₁ of a state, from the lemma: (N − 1)‖w‖^(−2/N) (w₂h₁ − w₁h₂) with h = Hw + (N − 2)/N g. */
export function curlAt(state) {
  const of = derivatives(state);
  const N = state.depth;
  return (w1, w2) => {
    const [g1, g2, Hw1, Hw2] = of(w1, w2);
    const h1 = Hw1 + ((N - 2) / N) * g1;
    const h2 = Hw2 + ((N - 2) / N) * g2;
    return (N - 1) * Math.pow(Math.sqrt(w1 * w1 + w2 * w2), -2 / N) * (w2 * h1 - w1 * h2);
  };
}

/** Where a state's loss is smallest; null where it is nowhere. */
export function minimumOf({ loss }) {
  if (loss === "homogeneous") return [0, 0];
  if (loss === "l4") return TARGETS;
  return loss === "constant" ? null : SLOPE.map((c, i) => -c / CURVATURES[loss][i]);
}
