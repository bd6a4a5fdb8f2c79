// What PreconditionerLens promises beside its golden numbers: the dashed curves pass through the dots.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  closedForm,
  compute,
  DEEPEST,
} from "../../../code/deeplinear/explorables/preconditioner_lens/numerics.mjs";

const rest = { depth: 1, plane: "11-22", angle: 0, rotation: 0 };

test("the closed form for real depth is the sum at whole depths, for equal and for missing singular values too", () => {
  for (const [sigma_1, sigma_2] of [
    [1, 0.2],
    [1, 0],
    [0, 1],
    [0, 0],
    [1.3, 1.3],
    [2, 1.999999999],
    [0.001, 1.7],
  ]) {
    const { by_depth } = compute({ ...rest, sigma_1, sigma_2 });
    const sigma = [sigma_1, sigma_2];
    for (let N = 1; N <= DEEPEST; N++)
      for (const [r, s] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ]) {
        const [sum, closed] = [by_depth[N - 1][r][s], closedForm(sigma[r], sigma[s], N)];
        assert.ok(
          Math.abs(sum - closed) <= 1e-12 * sum,
          `σ = ${sigma}, N = ${N}, [${r}][${s}]: ${closed} is not ${sum}`,
        );
      }
  }
});

test("between whole depths the closed form is between its neighbours where it grows", () => {
  for (let N = 1; N < DEEPEST; N++) {
    const [below, within, above] = [N, N + 0.5, N + 1].map((depth) => closedForm(1.2, 0.9, depth));
    assert.ok(below < within && within < above);
  }
});
