// Native controls with labels. Each is `make(change)` → `{element, sync(state)}`; `change(patch, settled)` proposes a new state.

let serial = 0;

/** An element with properties and children. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** Write other words into an element, or none if they are the same. Its text node stays: a new one would cost a layout more. */
export function setText(element, text) {
  if (!element.firstChild) element.append(text);
  else if (element.firstChild.data === text) return false;
  else element.firstChild.data = text;
  return true;
}

// JupyterLab would take the arrow keys from a slider and Enter from a button; it looks for this on the element itself.
const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };

function field(label, input, output) {
  input.id = `dlx-control-${(serial += 1)}`;
  const caption = h("label", { htmlFor: input.id }, label);
  return h("div", { className: "dlx-field" }, caption, ...(output ? [output] : []), input);
}

/**
 * A slider from `min` to `max` by `step`, in its own units: `read(state)` is the position of a state, `write(position, state)`
 * the patch it makes, `format(state)` the text beside it. `off(state)` says when it has no effect.
 */
export function slider(label, { name, min, max, step, read, write, format, off = () => false }) {
  read ??= (state) => state[name];
  write ??= (position) => ({ [name]: position });
  return (change) => {
    const input = h("input", { type: "range", min, max, step, name, ...OWN_KEYS });
    const output = h("output", {});
    const element = field(label, input, output);
    output.htmlFor = input.id;
    let latest;
    input.addEventListener("input", () => change(write(Number(input.value), latest), false));
    input.addEventListener("change", () => change({}, true));
    return {
      element,
      sync(state) {
        latest = state;
        const position = String(read(state));
        // While it is dragged the handle stays under the finger: the state may hold what the slider's steps cannot.
        if (Math.abs(Number(input.value) - position) > step / 2 + 1e-9) input.value = position;
        const text = format(state);
        if (setText(output, text)) input.setAttribute("aria-valuetext", text);
        input.disabled = off(state);
      },
    };
  };
}

/** A slider whose steps are equal ratios: `perDecade` of them to a factor of ten, values rounded to three digits. */
export function logSlider(label, { name, min, max, perDecade = 20, ...rest }) {
  return slider(label, {
    name,
    min: Math.log10(min),
    max: Math.log10(max),
    step: 1 / perDecade,
    read: (state) => Math.log10(state[name]),
    write: (position) => ({ [name]: Math.min(max, Math.max(min, Number((10 ** position).toPrecision(3)))) }),
    ...rest,
  });
}

/** A list of `[value, text]` to choose from. */
export function choice(label, { name, options }) {
  return (change) => {
    const input = h("select", { name, ...OWN_KEYS }, ...options.map(([value, text]) => h("option", { value }, text)));
    const element = field(label, input);
    input.addEventListener("change", () => change({ [name]: input.value }, true));
    const sync = (state) => input.value !== state[name] && (input.value = state[name]);
    return { element, sync };
  };
}

/** A button. */
export function button(text, act, properties = {}) {
  const element = h("button", { type: "button", ...OWN_KEYS, ...properties }, text);
  element.addEventListener("click", act);
  return element;
}
