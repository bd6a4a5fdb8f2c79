// Paper is white: the letters and curves of the dark theme would hardly be seen on it. Also when printed to a PDF file.
{
  const page = document.documentElement.dataset;
  let theme = page.theme;
  addEventListener("beforeprint", () => {
    theme = page.theme;
    page.theme = "light";
  });
  addEventListener("afterprint", () => (page.theme = theme));
}
