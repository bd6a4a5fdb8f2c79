// The two-point problem, L(w) = (|w1 − y1|^p + |w2 − y2|^p)/p, and where its runs start. Mirrors `deeplinear.problems.TwoPoint`.

/** r ↦ sign(r)|r|^(p−1), the slope of |r|^p/p. Whole and half powers avoid the slow general one. */
export function slopeOf(p) {
  if (p === 2) return (r) => r;
  if (p === 4) return (r) => r * r * r;
  const whole = Math.floor(p - 1);
  if (p - 1 - whole === 0 || p - 1 - whole === 0.5) {
    const half = p - 1 - whole > 0;
    return (r) => {
      const size = Math.abs(r);
      let power = half ? Math.sqrt(size) : 1;
      for (let i = 0; i < whole; i++) power *= size;
      return r < 0 ? -power : power;
    };
  }
  return (r) => Math.sign(r) * Math.pow(Math.abs(r), p - 1);
}

/** The problem of a lab's state: targets (ratio, 1), and the first weights, proportional to them or equal. */
export function problemOf({ p, ratio, scale, direction }) {
  const slope = slopeOf(p);
  const start = direction === "targets" ? [scale, scale / ratio] : [scale, scale];
  const loss = (w) => ((w[0] - ratio) * slope(w[0] - ratio) + (w[1] - 1) * slope(w[1] - 1)) / p;
  return { p, slope, targets: [ratio, 1], start, loss };
}

/**
 * The rate at which a method is about to become unstable on its way along coordinate 1: 2/max_s N s^(2−2/N) (y1 − s)^(p−2),
 * for s from 0 to y1. At depth 1 it is exactly the rate above which plain descent diverges. Adam's is a third of the way.
 */
export function stableRate({ p, ratio, scale, method, depth }) {
  if (method === "adam") return ratio / 3;
  const N = method === "rule" || method === "factors" ? depth : 1;
  const y = Math.max(N === 1 ? Math.abs(ratio - scale) : ratio, 1e-3);
  const a = 2 - 2 / N;
  const s = a + p > 2 ? (y * a) / (a + p - 2) : 0;
  return 2 / (N * Math.pow(s, a) * Math.pow(y - s, p - 2));
}

/** The level set of the loss around the targets as a closed curve: |Δ1|^p + |Δ2|^p = p·level. */
export function contour({ p, targets }, level, points = 72) {
  const radius = Math.pow(p * level, 1 / p);
  const power = (x) => Math.sign(x) * Math.pow(Math.abs(x), 2 / p);
  return Array.from({ length: points }, (_, i) => {
    const angle = (2 * Math.PI * i) / points;
    return [targets[0] + radius * power(Math.cos(angle)), targets[1] + radius * power(Math.sin(angle))];
  });
}
