// An ESLint rule: what a module exports, some other module imports. An export that nobody imports is
// dead code that looks alive, and ESLint, which sees one file at a time, cannot know.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const IMPORT = /^(?:import|export)\b([^;"]*?)\bfrom\s*"(\.[^"]+)"/gm;

/** The names that are imported from each file, by its path; "*" stands for all of them. */
function importsWithin(folders) {
  const used = new Map();
  for (const path of folders.flatMap(modulesIn)) {
    for (const [, clause, target] of readFileSync(path, "utf8").matchAll(IMPORT)) {
      const file = resolve(dirname(path), target);
      used.set(file, new Set([...(used.get(file) ?? []), ...namesOf(clause)]));
    }
  }
  return used;
}

const modulesIn = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".mjs"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

/** The names in the words between `import` and `from`: `{ a as b, c }` takes `a` and `c`, `d` alone is `default`. */
function namesOf(clause) {
  if (clause.includes("*")) return ["*"];
  const [, outside, inside = ""] = clause.match(/^([^{]*)(?:\{([^}]*)\})?/);
  const named = inside.split(",").map((part) => part.trim().split(/\s+as\s+/)[0]);
  return [...named.filter(Boolean), ...(/\w/.test(outside) ? ["default"] : [])];
}

let found = null; // all files are read once, for the first that is linted

export const unusedExports = {
  meta: {
    type: "problem",
    docs: { description: "refuse an export that no module imports" },
    messages: { unused: "No module imports '{{name}}'." },
    schema: [
      {
        type: "object",
        properties: {
          folders: { type: "array", items: { type: "string" } },
          // What is taken from outside of any module: pairs of a part of the path, and names.
          entries: { type: "array", items: { type: "array" } },
        },
        additionalProperties: false,
      },
    ],
  },

  create(context) {
    const [{ folders = [], entries = [] } = {}] = context.options;
    const file = context.filename;
    const taken = entries.filter(([part]) => file.includes(part)).flatMap(([, names]) => names);
    const check = (name, node) => {
      found ??= importsWithin(folders.map((folder) => resolve(context.cwd, folder)));
      const used = found.get(file);
      if (taken.includes(name) || used?.has("*") || used?.has(name)) return;
      context.report({ node, messageId: "unused", data: { name } });
    };
    return {
      ExportDefaultDeclaration: (node) => check("default", node),
      ExportNamedDeclaration({ declaration, specifiers }) {
        for (const specifier of specifiers) check(specifier.exported.name, specifier);
        const declared = declaration?.declarations ?? (declaration ? [declaration] : []);
        for (const { id } of declared) check(id.name, id);
      },
    };
  },
};
