// A figure in a page without a kernel: the poster gives way to the live figure, and the model is an object in the page.

/** @import { Context, Model, PageSpec } from "../types.d.ts" */

/**
 * The part of a widget's model that figures use. `link` is the figure's name in the address, which a notebook
 * lacks.
 * @type {(page: PageSpec, link?: string) => Model & { send(): void }}
 */
export function pageModel({ name, state, domain = {}, data = {} }, link = name) {
  /** @type {Record<string, unknown>} */
  const values = { ...state, data, domain };
  /** @type {Map<string, (() => void)[]>} */
  const listeners = new Map();
  return {
    get: (key) => values[key],
    set(key, value) {
      if (values[key] === value) return;
      values[key] = value;
      for (const listener of listeners.get(`change:${key}`) ?? []) listener();
    },
    on: (event, listener) => listeners.set(event, [...(listeners.get(event) ?? []), listener]),
    off: (event, listener) =>
      listeners.set(
        event,
        (listeners.get(event) ?? []).filter((other) => other !== listener),
      ),
    save_changes() {},
    send() {},
    link,
  };
}

/**
 * Make the figure live that the page's HTML holds: the first with this key that is not. Figures with the same key are
 * equal. In a link a figure goes by its class, and by its number on the page from the second on.
 * @type {(module: { default: { render(context: Context): unknown } }, page: PageSpec) => Promise<void>}
 */
export async function show(module, page) {
  const selector = `figure[data-figure="${page.name}"]`;
  const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(selector)]);
  const figure = all.find(({ dataset }) => dataset.key === page.key && !("live" in dataset));
  if (!figure) return;
  figure.dataset.live = "";
  const number = all.indexOf(figure) + 1;
  const el = document.createElement("div");
  figure.append(el);
  await module.default.render({
    model: pageModel(page, number > 1 ? `${page.name}-${number}` : page.name),
    el,
  });
  figure.querySelector(".dlx-poster")?.remove();
}
