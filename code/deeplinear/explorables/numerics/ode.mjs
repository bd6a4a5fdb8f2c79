// The flow y' = v(y), a step at a time. Mirrors `deeplinear.explorables._ode`.

/**
 * A mover by the classical Runge–Kutta method of order 4: `move(y, h)` takes the array `y`, of `size`
 * numbers, on by the time `h`. `velocity(y, out)` fills `out`.
 * @type {(
 *   velocity: (y: Float64Array, out: Float64Array) => void,
 *   size: number,
 * ) => (y: Float64Array, h: number) => void}
 */
export function rk4(velocity, size) {
  const [k1, k2, k3, k4, at] = Array.from({ length: 5 }, () => new Float64Array(size));
  /** @type {(y: Float64Array, k: Float64Array, h: number) => Float64Array} */
  const probe = (y, k, h) => {
    for (let i = 0; i < size; i++) at[i] = y[i] + h * k[i];
    return at;
  };
  return (y, h) => {
    velocity(y, k1);
    velocity(probe(y, k1, h / 2), k2);
    velocity(probe(y, k2, h / 2), k3);
    velocity(probe(y, k3, h), k4);
    for (let i = 0; i < size; i++) y[i] += (h / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
  };
}
