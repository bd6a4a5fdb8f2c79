// The frame of every interactive figure: controls around pictures, one redraw a frame, the state in the
// model, in the address, and as a line of Python.
import { fromFragment, toFragment } from "./address.mjs";
import { button, h, setText } from "./controls.mjs";
import { onThemeChange } from "../drawing/theme.mjs";
import { atRest } from "../work/rest.mjs";

/** @import { Context, Domains, Figure, Values } from "../types.d.ts" */

/**
 * A widget module from a description: `name` of the Python class; `controls`, made by `controls.mjs`;
 * `presets`, `[text, patch]`; `adjust(patch, state, data)`, what else changes with a user's change; `note`, a line
 * of small print; `lines`, how many lines the sentence may take on a wide page (2 if it is not said): they
 * are kept free, so that nothing below moves; `build({change, announce, redraw, data})`, which returns
 * `{panels, actions, below, own, draw(state, width), destroy, shown}`; `own` are boxes whose words change
 * with every frame. `draw` returns the sentence that says what is seen; `shown()` gives the numbers behind
 * the picture: `run` is what the Python class's `compute()` returns.
 * @template State
 * @template [Data=object]
 * @param {Figure<State, Data>} spec
 */
export function explorable(spec) {
  return {
    /** @type {(context: Context) => () => void} */
    render: (context) => render(spec, context),
  };
}

/**
 * @template State, Data
 * @param {Figure<State, Data>} spec
 * @param {Context} context
 */
function render(spec, { model, el }) {
  const domains = /** @type {Domains} */ (model.get("domain"));
  const names = Object.keys(domains);
  const data = /** @type {Data} */ (model.get("data") ?? {});
  const values = () =>
    /** @type {Values} */ (Object.fromEntries(names.map((name) => [name, model.get(name)])));
  const state = () => /** @type {State} */ (values());
  const start = values();
  const first = /** @type {State} */ (start);
  let frame = 0;
  let width = 0; // kept by the observer: asking for it in a draw would force a layout

  const redraw = () => (frame ||= requestAnimationFrame(draw));
  /** @param {Partial<State>} patch */
  const apply = (patch) => {
    for (const [name, value] of Object.entries(patch)) model.set(name, value);
    model.save_changes();
    redraw();
  };
  /** @param {Partial<State>} patch */
  const change = (patch, settled = true) => {
    apply({ ...patch, ...spec.adjust?.(patch, state(), data) });
    if (settled) remember();
  };

  // The visible sentence follows every frame; the spoken one waits until the hand rests.
  const sentence = h("p", { className: "dlx-sentence", "aria-hidden": "true" });
  const spoken = h("p", { className: "dlx-spoken", role: "status", "aria-live": "polite" });
  const rest = atRest();
  /** @param {string} text */
  const announce = (text) => rest(() => void (spoken.textContent = text));

  const body = spec.build({ change: (patch) => change(patch, true), announce, redraw, data });
  const controls = spec.controls.map((make) => make(change, domains));
  const code = h("pre", {
    hidden: true,
    tabIndex: 0,
    className: "dlx-code",
    role: "region",
    "aria-label": "Python code",
  });
  const copy = async () => {
    code.textContent = python(spec.name, values());
    code.hidden = false;
    let done = "";
    try {
      await navigator.clipboard.writeText(code.textContent ?? "");
      done = "Copied. ";
    } catch {
      done = "Select the line to copy it. "; // the browser keeps the clipboard from this page
    }
    announce(`${done}This Python code recomputes the numbers of the figure.`);
  };
  const reset = () => change(first, true);
  const presets = (spec.presets ?? []).map(([text, patch]) =>
    button(text, () => (apply({ ...first, ...patch }), remember())),
  );

  // Boxes that are laid out by themselves; what outgrows its own has it for good, until the width changes.
  const boxes = [sentence, ...(body.own ?? [])];
  for (const box of boxes) box.classList.add("dlx-own");
  const grow = () => {
    for (const box of boxes)
      if (box.scrollHeight > box.clientHeight) box.style.height = `${box.scrollHeight}px`;
  };

  const ruler = h("div"); // as wide as the figure and of no height: only a new width wakes its observer
  const pictures = h("div", { className: "dlx-panels" }, ...body.panels);
  const live = h(
    "div",
    { className: "dlx-live", "data-explorable": spec.name },
    ruler,
    h(
      "div",
      { className: "dlx-presets", role: "group", "aria-label": "Try" },
      h("span", { "aria-hidden": "true" }, "Try"),
      ...presets,
    ),
    sentence,
    spoken,
    pictures,
    h("div", { className: "dlx-controls" }, ...controls.map(({ element }) => element)),
    ...(spec.note ? [h("p", { className: "dlx-small" }, spec.note)] : []),
    h(
      "div",
      { className: "dlx-buttons" },
      ...(body.actions ?? []),
      button("Reset", reset),
      button("Copy as Python", copy),
    ),
    code,
    ...(body.below ?? []),
  );
  el.classList.add("dl-explorable");
  el.append(live);
  if (spec.lines) live.style.setProperty("--dlx-lines", String(spec.lines));
  live.shown = () => ({ state: state(), ...body.shown?.() });

  function draw() {
    frame = 0;
    const now = state();
    const text = body.draw(now, width);
    for (const control of controls) control.sync(now);
    if (setText(sentence, text)) announce(text);
    if (!code.hidden) code.textContent = python(spec.name, values());
    grow();
  }

  function remember() {
    if (!model.link) return;
    const now = values();
    const same = names.every((name) => now[name] === start[name]);
    history.replaceState(
      history.state,
      "",
      same ? location.pathname + location.search : toFragment(model.link, now),
    );
  }
  const recall = () => {
    const found = model.link && fromFragment(location.hash, model.link, start, domains);
    if (found) apply({ ...first, ...found });
    return Boolean(found);
  };
  const follow = () => {
    if (recall()) live.scrollIntoView({ block: "nearest", behavior: still() ? "auto" : "smooth" });
  };
  if (model.link) addEventListener("hashchange", follow);
  for (const name of names) model.on(`change:${name}`, redraw);
  // A class and not a container query: with one, each word on a canvas has the page laid out first.
  const measure = () => {
    if (width === ruler.clientWidth) return false;
    width = ruler.clientWidth;
    live.classList.toggle("dlx-narrow", width < 480);
    for (const box of boxes) box.style.height = "";
    return true;
  };
  const observer = new ResizeObserver(() => measure() && draw()); // before this frame is painted
  observer.observe(ruler);
  const forget = onThemeChange(redraw);
  if (recall()) requestAnimationFrame(() => live.scrollIntoView({ block: "nearest" }));
  measure();
  draw();

  return () => {
    observer.disconnect();
    cancelAnimationFrame(frame);
    rest.stop();
    removeEventListener("hashchange", follow);
    forget();
    for (const name of names) model.off(`change:${name}`, redraw);
    body.destroy?.();
  };
}

/**
 * The line of Python that recomputes what is on screen.
 * @type {(name: string, state: Values) => string}
 */
function python(name, state) {
  const values = Object.entries(state).map(
    ([key, value]) => `${key}=${typeof value === "string" ? `"${value}"` : value}`,
  );
  return `import deeplinear as dl\n\ndl.explorables.${name}(${values.join(", ")}).compute()`;
}

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
