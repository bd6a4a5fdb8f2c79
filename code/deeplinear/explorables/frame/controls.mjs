// Native controls with labels. Each is `make(change, domains)` → `{element, sync(state)}`, where `change(patch,
// settled)` proposes a new state and `domains[name]` is what the Python class says that a control may be.

/** @import { MakeControl, NamesOf, Properties, Slide, SliderSpec, Value } from "../types.d.ts" */

let serial = 0;

/**
 * An element with properties and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Properties<Tag>} [properties]
 * @param {(Node | string)[]} children
 */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (key in element) Reflect.set(element, key, value);
    else element.setAttribute(key, String(value));
  }
  element.append(...children);
  return element;
}

/**
 * Write other words into an element, or none if they are the same. Its text node stays: a new one would cost
 * a layout more.
 * @type {(element: HTMLElement, text: string) => boolean}
 */
export function setText(element, text) {
  const words = /** @type {Text | null} */ (element.firstChild);
  if (!words) element.append(text);
  else if (words.data === text) return false;
  else words.data = text;
  return true;
}

// JupyterLab would take the arrow keys from a slider and Enter from a button; it looks for this on the element itself.
const OWN_KEYS = /** @type {const} */ ({ "data-lm-suppress-shortcuts": "true" });

/** @type {(label: string, input: HTMLElement, output?: HTMLOutputElement) => HTMLElement} */
function field(label, input, output) {
  input.id = `dlx-control-${(serial += 1)}`;
  const caption = h("label", { htmlFor: input.id }, label);
  return h("div", { className: "dlx-field" }, caption, ...(output ? [output] : []), input);
}

/**
 * A slider over the domain of a control: from `least` to `most`, or over its `slide`, by its `step`; whole
 * numbers by 1. `format(state)` is the text beside it, `off(state)` says when it has no effect. A view may
 * have units of its own, `min`, `max`, `step`: then `read(state)` is the position of a state, and
 * `write(position, state)` the patch that a position makes.
 * @template State
 * @param {string} label
 * @param {SliderSpec<State>} spec
 * @returns {MakeControl<State>}
 */
export function slider(label, spec) {
  const { name, min, max, step, format, off = () => false } = spec;
  const { read = (state) => Number(state[name]), write = (at) => patchOf(name, at) } = spec;
  return (change, domains) => {
    const {
      least,
      most,
      slide = [least, most],
      step: whole = 1,
    } = /** @type {Slide} */ (domains[name]);
    const [low, high, by] = [min ?? slide[0], max ?? slide[1], step ?? whole];
    const input = h("input", { type: "range", min: low, max: high, step: by, name, ...OWN_KEYS });
    const output = h("output", {});
    const element = field(label, input, output);
    output.htmlFor = input.id;
    /** @type {State} */
    let latest;
    input.addEventListener("input", () => change(write(Number(input.value), latest), false));
    input.addEventListener("change", () => change({}, true));
    return {
      element,
      sync(state) {
        latest = state;
        const position = read(state);
        // While it is dragged the handle stays under the finger: the state may hold what the slider's steps cannot.
        if (Math.abs(Number(input.value) - position) > by / 2 + 1e-9)
          input.value = String(position);
        const text = format(state);
        if (setText(output, text)) input.setAttribute("aria-valuetext", text);
        input.disabled = off(state);
      },
    };
  };
}

/**
 * The change of one control.
 * @template State
 * @param {keyof State} name
 * @param {Value} value
 */
const patchOf = (name, value) => /** @type {Partial<State>} */ ({ [name]: value });

/**
 * A slider whose steps are equal ratios, `perDecade` of its domain to a factor of ten; values are rounded to
 * three digits.
 * @template State
 * @param {string} label
 * @param {SliderSpec<State>} spec
 * @returns {MakeControl<State>}
 */
export const logSlider = (label, spec) => (change, domains) => {
  const { name } = spec;
  const {
    least,
    most,
    slide: [low, high] = [least, most],
    perDecade,
  } = /** @type {Slide} */ (domains[name]);
  /** @type {SliderSpec<State>} */
  const units = {
    ...spec,
    min: Math.log10(low),
    max: Math.log10(high),
    step: 1 / perDecade,
    read: (state) => Math.log10(Number(state[name])),
    write: (at) => patchOf(name, Math.min(high, Math.max(low, Number((10 ** at).toPrecision(3))))),
  };
  return slider(label, units)(change, domains);
};

/**
 * A list to choose from: the text of each value.
 * @template State
 * @template {NamesOf<State, string>} Name
 * @param {string} label
 * @param {{ name: Name, options: Record<State[Name] & string, string> }} spec
 * @returns {MakeControl<State>}
 */
export function choice(label, { name, options }) {
  return (change) => {
    const input = h(
      "select",
      { name, ...OWN_KEYS },
      ...Object.entries(options).map(([value, text]) => h("option", { value }, text)),
    );
    const element = field(label, input);
    input.addEventListener("change", () => change(patchOf(name, input.value), true));
    return {
      element,
      sync(state) {
        if (input.value !== state[name]) input.value = String(state[name]);
      },
    };
  };
}

/**
 * A button.
 * @param {string} text
 * @param {() => void} act
 * @param {Properties<"button">} [properties]
 */
export function button(text, act, properties = {}) {
  const element = h("button", { type: "button", ...OWN_KEYS, ...properties }, text);
  element.addEventListener("click", act);
  return element;
}
