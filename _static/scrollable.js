// Formulas wider than the page scroll in their own box. Such a box must be reachable by keyboard, and only
// while there is something to scroll: a stop at every formula would be a burden. The theme does the same for
// code, tables and outputs.
document.addEventListener("DOMContentLoaded", () => {
  const formulas = document.querySelectorAll("div.math");
  const ours = new WeakSet(); // a stop that the typesetter has made is left alone
  const update = () => {
    for (const formula of formulas) {
      for (const box of [formula, ...formula.querySelectorAll("mjx-container")]) {
        const scrolls =
          box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX === "auto";
        if (scrolls && !box.hasAttribute("tabindex")) {
          box.setAttribute("tabindex", "0");
          ours.add(box);
        } else if (!scrolls && ours.has(box) && box !== document.activeElement) {
          box.removeAttribute("tabindex");
          ours.delete(box);
        }
      }
    }
  };
  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(update, 100);
  };
  addEventListener("resize", soon);
  // Typesetting replaces the source of a formula, at any time after this.
  const typeset = new MutationObserver(soon);
  for (const formula of formulas) typeset.observe(formula, { childList: true, subtree: true });
  // What was folded has a size only now. The theme too looks again at its boxes when the window changes, and
  // not by itself.
  const unfolded = () => dispatchEvent(new Event("resize"));
  addEventListener("toggle", unfolded, true);
  addEventListener(
    "click",
    ({ target }) =>
      target instanceof Element &&
      target.closest(".admonition.toggle > .admonition-title") &&
      unfolded(),
  );
  update();
});
