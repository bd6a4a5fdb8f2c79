// The methods of TwoPointLab: what each is called, and its colour.

/** @import { Name } from "./types.d.ts" */

/** @type {(depth: number) => string} */
const deep = (depth) => (depth === 1 ? "the plain model" : `the depth-${depth} network`);

/** @type {Record<string, Name>} */
export const METHODS = {
  factors: {
    option: "network: descent on the layers",
    color: 2,
    label: (N) => `network, N = ${N}`,
    subject: (N) => capital(deep(N)),
  },
  rule: {
    option: "end-to-end rule (no η² terms)",
    color: 3,
    label: (N) => `rule, N = ${N}`,
    subject: (N) => `The end-to-end rule of depth ${N}`,
  },
  gd: {
    option: "plain gradient descent",
    color: 1,
    label: () => "plain descent",
    subject: () => "Plain gradient descent",
  },
  momentum: {
    option: "plain, with momentum 0.9",
    color: 4,
    label: () => "momentum",
    subject: () => "Momentum",
  },
  adam: { option: "plain, with Adam", color: 5, label: () => "Adam", subject: () => "Adam" },
};

/**
 * Whether depth plays a part.
 * @type {(method: string) => boolean}
 */
export const layered = (method) => method === "factors" || method === "rule";

/** @type {(text: string) => string} */
function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}
