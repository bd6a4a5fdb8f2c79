// The theme takes the focus from a button when it is pressed, so that its tooltip goes away. A reader with
// a keyboard or a screen reader then stands nowhere: give it back, at once after a key, and to the button
// that opened a dialog when it closes.
{
  /** @type {HTMLElement | null} */
  let opener = null;
  document.addEventListener(
    "click",
    (event) => {
      const target = /** @type {Element} */ (event.target);
      /** @type {HTMLElement | null} */
      const button = target.closest(
        ".sidebar-toggle, .search-button, .search-button__button, .theme-switch-button",
      );
      if (!button) return;
      opener = button;
      const byKeyboard = event.detail === 0;
      setTimeout(() => {
        if (byKeyboard && document.activeElement === document.body) button.focus();
      });
    },
    true,
  );
  document.addEventListener(
    "close", // does not bubble
    (event) => {
      const closed = /** @type {Element} */ (event.target).matches("dialog");
      if (closed) setTimeout(() => opener?.focus());
    },
    true,
  );
}
