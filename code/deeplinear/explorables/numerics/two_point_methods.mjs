// One way to move the two weights each: a function without arguments that reads the gradient in `g` and moves `w`, both arrays.
// The order of operations is that of the Python package, so that runs agree to the last digits even where errors grow. What a
// method remembers is in arrays: a variable of a closure would make a number on the heap at every step.

function descent(w, g, rate) {
  return () => {
    w[0] -= rate * g[0];
    w[1] -= rate * g[1];
  };
}

/** Claim 2: w ← w − η ‖w‖^(2−2/N) (g + (N−1) ⟨g,u⟩ u), with u = w/‖w‖. */
function rule(w, g, rate, depth) {
  const exponent = 2 - 2 / depth;
  return () => {
    const norm = Math.sqrt(w[0] * w[0] + w[1] * w[1]);
    const u0 = norm > 0 ? w[0] / norm : 0;
    const u1 = norm > 0 ? w[1] / norm : 0;
    const along = g[0] * u0 + g[1] * u1;
    const size = exponent === 1 ? norm : exponent === 0 ? 1 : Math.pow(norm, exponent);
    w[0] -= rate * (size * (g[0] + (depth - 1) * along * u0));
    w[1] -= rate * (size * (g[1] + (depth - 1) * along * u1));
  };
}

/** Gradient descent on a vector v and depth − 1 numbers s, balanced at the start; w is their product. */
function factors(w, g, rate, depth) {
  const norm = Math.sqrt(w[0] * w[0] + w[1] * w[1]);
  const root = norm > 0 ? Math.pow(norm, 1 / depth) : 0;
  const v = Float64Array.from(w, (x) => (norm > 0 ? (x / norm) * root : 0));
  const s = new Float64Array(depth - 1).fill(root);
  const below0 = new Float64Array(depth); // the product of the layers below each, a vector
  const below1 = new Float64Array(depth);
  return () => {
    let g0 = g[0];
    let g1 = g[1];
    let b0 = v[0];
    let b1 = v[1];
    for (let j = 0; j < s.length; j++) {
      below0[j] = b0;
      below1[j] = b1;
      b0 *= s[j];
      b1 *= s[j];
    }
    for (let j = s.length - 1; j >= 0; j--) {
      const slope = g0 * below0[j] + g1 * below1[j]; // g already carries the layers above
      g0 *= s[j];
      g1 *= s[j];
      s[j] -= rate * slope;
    }
    v[0] -= rate * g0;
    v[1] -= rate * g1;
    b0 = v[0];
    b1 = v[1];
    for (let j = 0; j < s.length; j++) {
      b0 *= s[j];
      b1 *= s[j];
    }
    w[0] = b0;
    w[1] = b1;
  };
}

function momentum(w, g, rate) {
  const m = new Float64Array(2);
  return () => {
    for (let i = 0; i < 2; i++) {
      m[i] = 0.9 * m[i] - rate * g[i];
      w[i] += m[i];
    }
  };
}

/** Adam with Keras's constants and its place for ε. */
function adam(w, g, rate) {
  const m = new Float64Array(2);
  const v = new Float64Array(2);
  let t = 0;
  return () => {
    t += 1;
    // 0.9^400 is below the rounding of 1.
    const young = t < 400 ? 1 - Math.pow(0.9, t) : 1;
    const eta = (rate * Math.sqrt(1 - Math.pow(0.999, t))) / young;
    m[0] += (1 - 0.9) * (g[0] - m[0]);
    m[1] += (1 - 0.9) * (g[1] - m[1]);
    v[0] += (1 - 0.999) * (g[0] * g[0] - v[0]);
    v[1] += (1 - 0.999) * (g[1] * g[1] - v[1]);
    w[0] -= (m[0] * eta) / (Math.sqrt(v[0]) + 1e-7);
    w[1] -= (m[1] * eta) / (Math.sqrt(v[1]) + 1e-7);
  };
}

const METHODS = { gd: descent, rule, factors, momentum, adam };

/** The step of a method from `w`, which it moves in place by the gradient in `g`. Depth 1 of the rule or the factors is plain descent. */
export function begin(method, w, g, rate, depth) {
  const plain = depth === 1 && (method === "rule" || method === "factors");
  return (plain ? descent : METHODS[method])(w, g, rate, depth);
}
