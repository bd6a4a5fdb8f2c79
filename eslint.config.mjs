// What ESLint asks of the JavaScript: nothing undeclared, nothing unused, no line too long. Prettier has the form.
import js from "@eslint/js";
import globals from "globals";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { linesAlone } from "./code/bookwork/lint/lines_alone.mjs";
import { unusedExports } from "./code/bookwork/lint/unused_exports.mjs";

const FIGURES = "code/deeplinear/explorables";
const GOLDEN = new URL("tests/js/golden/", import.meta.url);

// The constants of each figure's folder that a test compares with those of the Python package.
const constants = (existsSync(GOLDEN) ? readdirSync(GOLDEN) : []).map((file) => {
  const { constants } = JSON.parse(readFileSync(new URL(file, GOLDEN), "utf8"));
  return [`/${file.replace(".json", "")}/`, Object.keys(constants)];
});

/** @param {string} names */
const named = (names) =>
  Object.fromEntries(names.split(" ").map((name) => [name, /^on/.test(name)]));

// What a page has that figures use, and no more: a browser has a thousand names, `name`, `event`, `status` and
// `length` among them, and each would let an undeclared variable pass.
const PAGE = named(
  "MutationObserver ResizeObserver addEventListener cancelAnimationFrame clearTimeout document " +
    "getComputedStyle history location matchMedia navigator performance removeEventListener " +
    "requestAnimationFrame setTimeout",
);
const WORK = named("Worker onmessage postMessage");

export default [
  { ignores: ["node_modules/", ".venv*/", "_build/", "build/", "dist/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  { files: ["code/**/*.d.ts"], languageOptions: { parser: linesAlone } },
  {
    rules: {
      "max-len": ["error", { code: 120, tabWidth: 2 }],
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "prefer-const": ["error", { destructuring: "all" }],
      eqeqeq: "error",
      "no-implicit-globals": "error",
      "no-shadow-restricted-names": "error",
      "no-var": "error",
      "object-shorthand": "error",
    },
  },
  {
    // Numerics know no page: without the names of a browser, a `document` in them is undeclared.
    files: [`${FIGURES}/**/*.mjs`],
    ignores: [`${FIGURES}/numerics/**`, `${FIGURES}/*/numerics.mjs`],
    languageOptions: { globals: PAGE },
  },
  {
    files: [`${FIGURES}/work/*.mjs`],
    languageOptions: { globals: WORK },
  },
  {
    files: [`${FIGURES}/**/*.mjs`],
    plugins: { book: { rules: { "unused-exports": unusedExports } } },
    rules: {
      "book/unused-exports": [
        "error",
        {
          folders: [FIGURES, "tests/js"],
          entries: [["/view.mjs", ["default"]], ["/page.mjs", ["show"]], ...constants],
        },
      ],
    },
  },
  {
    files: ["tests/js/**/*.mjs", "code/bookwork/**/*.mjs", "*.mjs"],
    languageOptions: { globals: globals.node },
  },
  {
    files: ["tests/book/*.mjs"], // these run in a page, and look at its canvases
    languageOptions: {
      globals: { ...PAGE, ...named("CanvasRenderingContext2D HTMLCanvasElement ImageData Node") },
    },
  },
  {
    files: ["_static/*.js"],
    languageOptions: {
      globals: { ...PAGE, ...named("Element Event dispatchEvent") },
      sourceType: "script",
    },
  },
];
