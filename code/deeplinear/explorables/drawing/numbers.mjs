// Numbers as readers like them.

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * Something to a whole power, with a raised exponent.
 * @type {(base: string, k: number) => string}
 */
export function power(base, k) {
  const digits = [...String(Math.abs(k))].map((digit) => RAISED[Number(digit)]).join("");
  return `${base}${k < 0 ? "⁻" : ""}${digits}`;
}

/** @type {(k: number) => string} */
export const powerOfTen = (k) => power("10", k);

/**
 * Three significant digits; powers of ten outside 0.001 … 10,000.
 * @type {(x: number, digits?: number) => string}
 */
export function short(x, digits = 3) {
  if (!Number.isFinite(x)) return x > 0 ? "∞" : x < 0 ? "−∞" : "no number";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e-3 && size < 1e4) return String(Number(x.toPrecision(digits))).replace("-", "−");
  const [mantissa, exponent] = x.toExponential(digits - 1).split("e");
  const head = String(Number(mantissa)).replace("-", "−");
  return head === "1" ? powerOfTen(Number(exponent)) : `${head}·${powerOfTen(Number(exponent))}`;
}

/**
 * A whole number with its thousands apart.
 * @type {(n: number) => string}
 */
export const whole = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
