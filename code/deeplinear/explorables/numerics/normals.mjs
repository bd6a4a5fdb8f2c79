// Random numbers that the Python package draws too, to the last bit. Mirrors `deeplinear.explorables._random`.

/**
 * `count` nearly normal numbers: each the sum of twelve uniform ones (mulberry32) less 6.
 * @type {(seed: number, count: number) => Float64Array}
 */
export function normals(seed, count) {
  const values = new Float64Array(count);
  let state = seed >>> 0;
  for (let i = 0; i < count; i++) {
    let total = 0;
    for (let k = 0; k < 12; k++) {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1) >>> 0;
      mixed = (mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61))) >>> 0;
      total += ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    }
    values[i] = total - 6;
  }
  return values;
}
