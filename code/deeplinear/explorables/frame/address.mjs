// The state of a figure as the fragment of a link, `#Name:p=4;depth=2`. What a link says is checked before it is used.

/** @import { Domain, Domains, Value, Values } from "../types.d.ts" */

/**
 * The fragment that reproduces `state`.
 * @type {(name: string, state: Values) => string}
 */
export function toFragment(name, state) {
  const pairs = Object.entries(state).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return `#${name}:${pairs.join(";")}`;
}

/**
 * Whether a control may have this value; `domain` is the control's `{least, most, above, whole}` or `{options}`.
 * @type {(value: Value, domain?: Domain) => boolean}
 */
export function allowed(value, domain) {
  if (!domain) return true;
  if (domain.options) return domain.options.includes(String(value));
  if (
    typeof value === "string" ||
    !Number.isFinite(value) ||
    (domain.whole && !Number.isInteger(value))
  )
    return false;
  // What is not said excludes nothing: a comparison with undefined is false.
  const { least, most, above } = /** @type {Required<Domain>} */ (domain);
  return !(value < least || value > most || value <= above);
}

/**
 * The values that `fragment` holds for the figure `name`, in the types of `state`; null if it is about
 * something else.
 * @type {(
 *   fragment: string,
 *   name: string,
 *   state: Values,
 *   domains?: Domains,
 * ) => Values | null}
 */
export function fromFragment(fragment, name, state, domains = {}) {
  if (!fragment.startsWith(`#${name}:`)) return null;
  /** @type {Values} */
  const found = {};
  for (const pair of fragment.slice(name.length + 2).split(";")) {
    const [key, text = ""] = pair.split("=");
    if (!Object.hasOwn(state, key)) continue;
    /** @type {Value} */
    let value = text;
    try {
      value = decodeURIComponent(text);
    } catch {
      continue;
    }
    if (typeof state[key] === "number") value = text === "" ? NaN : Number(value);
    if (Number.isNaN(value) || !allowed(value, domains[key])) continue;
    found[key] = value;
  }
  return found;
}
