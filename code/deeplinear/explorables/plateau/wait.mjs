// How long a deep chain waits near zero: the law for balanced layers, and for layers as they are. Mirrors
// `deeplinear.explorables._plateau_wait`.

const INTERVALS = 400;

/**
 * Time for dr/dt = N r^(2 − 2/N) to take r from `size` to `until`; −1 if it is there or the depth is 1.
 * @type {(size: number, until: number, depth: number) => number}
 */
export function waitIfBalanced(size, until, depth) {
  if (depth === 1 || size >= until) return -1;
  if (size === 0) return Infinity;
  if (depth === 2) return Math.log(until / size) / 2;
  const power = 2 / depth - 1;
  return (Math.pow(size, power) - Math.pow(until, power)) / (depth - 2);
}

/**
 * Time for the product of the chain, each number moving at the rate of the product of the others, to reach
 * `until`; −1 if there is nothing to wait for. An integral over the smallest number, which tells the others:
 * differences of squares stay.
 * @type {(chain: number[], until: number) => number}
 */
export function waitAsItIs(chain, until) {
  const product = chain.reduce((total, x) => total * x, 1);
  if (chain.length === 1 || product >= until) return -1;
  let smallest = 0;
  for (let j = 1; j < chain.length; j++)
    if (Math.abs(chain[j]) < Math.abs(chain[smallest])) smallest = j;
  const negative = product < 0 || Object.is(product, -0);
  const low = negative ? -Math.abs(chain[smallest]) : Math.abs(chain[smallest]);
  const gaps = chain.filter((_, j) => j !== smallest).map((x) => x * x - low * low);
  const nearest = Math.min(...gaps);
  if (nearest === 0 && low <= 0) return Infinity;
  const high = reaches(gaps, until);
  // In u, with z = h sinh(u), the factor of the nearest layer is gone, and what is left is smooth.
  const h = nearest > 0 ? Math.sqrt(nearest) : low;
  const first = Math.asinh(low / h);
  const last = Math.asinh(high / h);
  let total = 0;
  for (let i = 0; i <= INTERVALS; i++) {
    const z = h * Math.sinh(first + ((last - first) * i) / INTERVALS);
    const weight = i === 0 || i === INTERVALS ? 1 : i % 2 ? 4 : 2; // Simpson's rule
    total += (weight * Math.sqrt(h * h + z * z)) / others(gaps, z);
  }
  return (total * (last - first)) / (3 * INTERVALS);
}

/**
 * The product of all numbers of the chain but the smallest, when that is `z`.
 * @type {(gaps: number[], z: number) => number}
 */
function others(gaps, z) {
  let product = 1;
  for (let j = 0; j < gaps.length; j++) product *= Math.sqrt(gaps[j] + z * z);
  return product;
}

/**
 * The smallest number when the product of all is `until`, by halving the interval.
 * @type {(gaps: number[], until: number) => number}
 */
function reaches(gaps, until) {
  let low = 0;
  let high = 1;
  while (high * others(gaps, high) < until) high *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (middle * others(gaps, middle) < until) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
