// A figure in a page without a kernel: the poster gives way to the live figure, and the model is an object in the page.

/** The part of a widget's model that figures use. `link` is the figure's name in the address, which a notebook lacks. */
export function pageModel({ name, state, domain = {}, data = {} }) {
  const values = { ...state, data };
  const listeners = new Map();
  return {
    get: (key) => values[key],
    set(key, value) {
      if (values[key] === value) return;
      values[key] = value;
      for (const listener of listeners.get(`change:${key}`) ?? []) listener();
    },
    on: (event, listener) => listeners.set(event, [...(listeners.get(event) ?? []), listener]),
    off: (event, listener) => listeners.set(event, (listeners.get(event) ?? []).filter((other) => other !== listener)),
    save_changes() {},
    send() {},
    link: name,
    domain,
  };
}

export async function show(module, page) {
  const figure = document.getElementById(page.id);
  const el = document.createElement("div");
  figure.append(el);
  await module.default.render({ model: pageModel(page), el });
  figure.querySelector(".dlx-poster").remove();
}
