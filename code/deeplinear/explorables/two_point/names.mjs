// The methods of TwoPointLab: what each is called in the list and elsewhere, and its colour.

/** @import { Method, Name } from "./types.d.ts" */

/** @type {(depth: number) => string} */
const deep = (depth) => (depth === 1 ? "the plain model" : `the depth-${depth} network`);

/** @type {Record<Method, string>} */
export const OPTIONS = {
  factors: "network: descent on the layers",
  rule: "end-to-end rule (no η² terms)",
  gd: "plain gradient descent",
  momentum: "plain, with momentum 0.9",
  adam: "plain, with Adam",
};

/** @type {Record<Method, Name>} */
export const METHODS = {
  factors: {
    color: 2,
    label: (N) => `network, N = ${N}`,
    subject: (N) => capital(deep(N)),
  },
  rule: {
    color: 3,
    label: (N) => `rule, N = ${N}`,
    subject: (N) => `The end-to-end rule of depth ${N}`,
  },
  gd: {
    color: 1,
    label: () => "plain descent",
    subject: () => "Plain gradient descent",
  },
  momentum: {
    color: 4,
    label: () => "momentum",
    subject: () => "Momentum",
  },
  adam: { color: 5, label: () => "Adam", subject: () => "Adam" },
};

/**
 * Whether depth plays a part.
 * @type {(method: Method) => boolean}
 */
export const layered = (method) => method === "factors" || method === "rule";

/** @type {(text: string) => string} */
function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}
