// The colours of the page, as a canvas needs them: read from the style sheet once, and again when the theme changes.

/** @import { Theme } from "../types.d.ts" */

/** @type {Theme | null} */
let cached = null;
/** @type {Set<() => void>} */
const listeners = new Set();

/** @type {(element: Element) => Theme} */
function read(element) {
  const style = getComputedStyle(element);
  /** @type {(name: string) => string} */
  const variable = (name) => style.getPropertyValue(name).trim();
  /** @type {(name: string) => string[]} */
  const numbered = (name) => [1, 2, 3, 4, 5].map((n) => variable(`--${name}-${n}`));
  const dark = variable("--dlx-dark") === "1";
  return {
    text: style.color,
    paper: variable("--dlx-paper") || "#fff",
    dark,
    lines: numbered("dl-color"),
    words: numbered("dlx-ink"),
  };
}

/**
 * `{text, paper, dark, lines, words}` for an element of a figure; `lines[n − 1]` and `words[n − 1]` are the
 * n-th colour.
 * @type {(element: Element) => Theme}
 */
export function themeOf(element) {
  if (cached) return cached;
  const theme = read(element);
  if (element.isConnected) cached = theme;
  return theme;
}

/**
 * Call `redraw` when the page's theme changes; returns a function that ends it.
 * @type {(redraw: () => void) => () => boolean}
 */
export function onThemeChange(redraw) {
  if (!listeners.size) watch();
  listeners.add(redraw);
  return () => listeners.delete(redraw);
}

let watching = false;
function watch() {
  if (watching) return;
  watching = true;
  const changed = () => {
    cached = null;
    for (const redraw of listeners) redraw();
  };
  const observer = new MutationObserver(changed);
  const options = {
    attributes: true,
    attributeFilter: ["data-theme", "data-jp-theme-light", "data-jp-theme-name", "class", "style"],
  };
  observer.observe(document.documentElement, options);
  observer.observe(document.body, options);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  matchMedia("print").addEventListener("change", changed);
}
