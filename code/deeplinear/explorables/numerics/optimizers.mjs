// Optimizers on one array of parameters, element by element. The order of operations is that of `deeplinear.optimizers`.

/** Numbers b, b², b³ … rounded right: `Math.pow` may miss the last digit, in which 1 − b^t is large. */
function* powers(b) {
  const split = (x) => {
    const big = 134217729 * x;
    const high = big - (big - x);
    return [high, x - high];
  };
  const [bHigh, bLow] = split(b);
  let power = 1;
  let rest = 0; // what rounding has cut off
  for (;;) {
    const product = power * b;
    const [high, low] = split(power);
    const lost = low * bLow - (product - high * bHigh - low * bHigh - high * bLow);
    rest = rest * b + lost;
    power = product + rest;
    rest -= power - product;
    yield power;
  }
}

const METHODS = {
  gd: (w, g, eta) => () => {
    for (let i = 0; i < w.length; i++) w[i] -= eta * g[i];
  },
  momentum(w, g, eta) {
    const m = new Float64Array(w.length);
    return () => {
      for (let i = 0; i < w.length; i++) {
        m[i] = 0.9 * m[i] - eta * g[i];
        w[i] += m[i];
      }
    };
  },
  adagrad(w, g, eta) {
    const squares = new Float64Array(w.length).fill(0.1);
    return () => {
      for (let i = 0; i < w.length; i++) {
        squares[i] += g[i] * g[i];
        w[i] -= (eta * g[i]) / Math.sqrt(squares[i] + 1e-7);
      }
    };
  },
  adam(w, g, eta) {
    const first = new Float64Array(w.length);
    const second = new Float64Array(w.length);
    const [a, b] = [powers(0.9), powers(0.999)];
    return () => {
      const rate = eta * (Math.sqrt(1 - b.next().value) / (1 - a.next().value));
      for (let i = 0; i < w.length; i++) {
        first[i] += (1 - 0.9) * (g[i] - first[i]);
        second[i] += (1 - 0.999) * (g[i] * g[i] - second[i]);
        w[i] -= (first[i] * rate) / (Math.sqrt(second[i]) + 1e-7);
      }
    };
  },
};

/** A function without arguments that moves the parameters `w` by the gradient in `g`, both arrays that stay the same. */
export const optimizer = (name, w, g, rate) => METHODS[name](w, g, rate);
