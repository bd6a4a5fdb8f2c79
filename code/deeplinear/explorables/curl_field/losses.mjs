// Losses of two weights by their gradients, and the end-to-end field and its curl. Weights come in an array
// and results go into one: a number that a function takes or returns may cost a place on the heap.

/** @import { Row } from "../types.d.ts" */
/** @import { Field, State } from "./types.d.ts" */

/** ∇L(0), of norm 1, where the gradient is continuous; it is also the axis of the curve. */
export const SLOPE = [0.8, 0.6];
/** Of the quadratic losses ⟨SLOPE, w⟩ + ½ (k₁w₁² + k₂w₂²). */
const CURVATURES = { constant: [0, 0], isotropic: [1, 1], anisotropic: [1, 5] };
/** Where the ℓ4 loss ¼ Σ (w − y)⁴ has its minimum: its gradient at 0 is SLOPE. */
const TARGETS = SLOPE.map((c) => -Math.cbrt(c));

/**
 * Gradient and Hw at `w`, two numbers each, into `gradient` and `bent`.
 * @type {(
 *   state: State,
 *   gradient: Float64Array,
 *   bent: Float64Array,
 * ) => (w: Row) => void}
 */
function derivatives({ loss, depth }, gradient, bent) {
  if (loss === "l4")
    return (w) => {
      for (let i = 0; i < 2; i++) {
        const r = w[i] - TARGETS[i];
        gradient[i] = r * r * r;
        bent[i] = 3 * r * r * w[i];
      }
    };
  if (loss !== "homogeneous") {
    const curvatures = CURVATURES[loss];
    return (w) => {
      for (let i = 0; i < 2; i++) {
        bent[i] = curvatures[i] * w[i];
        gradient[i] = SLOPE[i] + bent[i];
      }
    };
  }
  // (w₁⁴ + 3w₂⁴)^a is homogeneous of degree 4a = 2/N, so Hw = (2/N − 1) g by Euler.
  const a = 1 / (2 * depth);
  return (w) => {
    gradient[0] = w[0] * w[0] * w[0];
    gradient[1] = 3 * w[1] * w[1] * w[1];
    const scale = 4 * a * Math.pow(gradient[0] * w[0] + gradient[1] * w[1], a - 1);
    const euler = scale * (4 * a - 1);
    for (let i = 0; i < 2; i++) {
      bent[i] = euler * gradient[i];
      gradient[i] *= scale;
    }
  };
}

const pair = () => new Float64Array(2);

/**
 * The field F of a state: from `w`, not the origin, to `[F1, F2]`.
 * @type {(state: State) => Field}
 */
export function fieldAt(state) {
  const g = pair();
  const derive = derivatives(state, g, pair());
  const N = state.depth;
  return (w, out = [0, 0]) => {
    derive(w);
    const norm = Math.sqrt(w[0] * w[0] + w[1] * w[1]);
    const x = w[0] / norm;
    const y = w[1] / norm;
    const along = (N - 1) * (g[0] * x + g[1] * y);
    const size = Math.pow(norm, 2 - 2 / N);
    out[0] = size * (g[0] + along * x);
    out[1] = size * (g[1] + along * y);
    return out;
  };
}

/**
 * The curl ∂₁F₂ − ∂₂F₁ of a state, from the lemma: (N − 1)‖w‖^(−2/N) (w₂h₁ − w₁h₂) with h = Hw + (N − 2)/N g.
 * @type {(state: State) => (w: Row) => number}
 */
export function curlAt(state) {
  const [g, Hw] = [pair(), pair()];
  const derive = derivatives(state, g, Hw);
  const N = state.depth;
  return (w) => {
    derive(w);
    const h1 = Hw[0] + ((N - 2) / N) * g[0];
    const h2 = Hw[1] + ((N - 2) / N) * g[1];
    return (
      (N - 1) * Math.pow(Math.sqrt(w[0] * w[0] + w[1] * w[1]), -2 / N) * (w[1] * h1 - w[0] * h2)
    );
  };
}

/**
 * Where a state's loss is smallest; null where it is nowhere.
 * @type {(state: State) => number[] | null}
 */
export function minimumOf({ loss }) {
  if (loss === "homogeneous") return [0, 0];
  if (loss === "l4") return TARGETS;
  return loss === "constant" ? null : SLOPE.map((c, i) => -c / CURVATURES[loss][i]);
}
