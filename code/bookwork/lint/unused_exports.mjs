// An ESLint rule: what a module exports, some other module uses. An export that nobody uses is dead code
// that looks alive, and ESLint, which sees one file at a time, cannot know.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const modulesIn = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".mjs"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

/** The names that are used of each file, by its path; `parse` makes a tree of a module's text. */
function usesWithin(folders, parse) {
  const used = new Map();
  for (const path of folders.flatMap(modulesIn)) {
    for (const [target, names] of usesOf(parse(readFileSync(path, "utf8")))) {
      const file = resolve(dirname(path), target);
      used.set(file, new Set([...(used.get(file) ?? []), ...names]));
    }
  }
  return used;
}

/** What a module takes of others: pairs of a path and names. */
function usesOf(tree) {
  const nodes = [...nodesOf(tree)];
  return nodes
    .filter(({ type, source }) => /^(Import|ExportNamed)Declaration$/.test(type) && source)
    .map(({ source, specifiers }) => [
      source.value,
      specifiers.flatMap((specifier) =>
        specifier.type === "ImportNamespaceSpecifier"
          ? membersOf(specifier.local.name, nodes)
          : nameOf(specifier.imported ?? specifier.local, specifier.type),
      ),
    ]);
}

function* nodesOf(node) {
  if (typeof node?.type === "string") yield node;
  for (const inside of Object.values(node)) {
    if (inside && typeof inside === "object") yield* nodesOf(inside);
  }
}

const nameOf = ({ name, value }, type) =>
  type === "ImportDefaultSpecifier" ? "default" : (name ?? value);

/**
 * The names that are taken of a module that is imported whole, as `x`: `x.name`, `x["name"]` and `const { name } = x`.
 * Who hands on all of `x` has used none of it.
 */
function membersOf(x, nodes) {
  const isX = (node) => node?.type === "Identifier" && node.name === x;
  return nodes.flatMap(({ type, object, property, computed, id, init }) => {
    if (type === "MemberExpression" && isX(object))
      return computed ? [property.value] : [property.name];
    if (type !== "VariableDeclarator" || !isX(init) || id.type !== "ObjectPattern") return [];
    return id.properties.map(({ key }) => (key ? nameOf(key) : undefined));
  });
}

let found = null; // all files are read once, for the first that is linted

export const unusedExports = {
  meta: {
    type: "problem",
    docs: { description: "refuse an export that no module uses" },
    messages: { unused: "No module uses '{{name}}'." },
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
    const { filename, languageOptions, sourceCode } = context;
    const taken = entries.filter(([part]) => filename.includes(part)).flatMap(([, names]) => names);
    const parse = (text) =>
      languageOptions.parser.parse(text, { ecmaVersion: "latest", sourceType: "module" });
    const check = (name, node) => {
      found ??= usesWithin(
        folders.map((folder) => resolve(context.cwd, folder)),
        parse,
      );
      if (taken.includes(name) || found.get(filename)?.has(name)) return;
      context.report({ node, messageId: "unused", data: { name } });
    };
    return {
      ExportDefaultDeclaration: (node) => check("default", node),
      ExportNamedDeclaration({ declaration, specifiers }) {
        for (const specifier of specifiers) check(nameOf(specifier.exported), specifier);
        const declared = declaration ? sourceCode.getDeclaredVariables(declaration) : [];
        for (const { name, identifiers, scope } of declared)
          if (scope.type === "module") check(name, identifiers[0]); // and not the parameters of a function
      },
    };
  },
};
