// What CurlField draws beside its numbers, and what its account must obey wherever the controls stand.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CELLS,
  PARTS,
  compute,
} from "../../../code/deeplinear/explorables/curl_field/numerics.mjs";
import { fieldAt, minimumOf } from "../../../code/deeplinear/explorables/curl_field/losses.mjs";

const first = { loss: "constant", depth: 3, outer: 1, ratio: 0.3, span: 180, progress: 100 };
const losses = ["constant", "isotropic", "anisotropic", "l4", "homogeneous"];

test("F vanishes at the minimum of the loss, and a linear loss has none", () => {
  for (const loss of ["isotropic", "anisotropic", "l4"])
    assert.ok(Math.hypot(...fieldAt({ ...first, loss })(minimumOf({ loss }))) < 1e-15, loss);
  assert.equal(minimumOf({ loss: "constant" }), null);
});

test("every walk ends where it began, and its pieces make the whole", () => {
  for (const loss of losses) {
    for (const [depth, span, ratio] of [
      [1, 30, 0.9],
      [1.5, 77, 0.05],
      [6, 180, 0.5],
    ]) {
      const run = compute({ ...first, loss, depth, span, ratio });
      assert.equal(run.way.length, 4 * PARTS + 1);
      assert.equal(run.curl.length, CELLS ** 2);
      assert.ok(Math.hypot(run.w1.at(-1) - run.w1[0], run.w2.at(-1) - run.w2[0]) < 1e-14);
      assert.ok(Math.abs(run.pieces.reduce((sum, piece) => sum + piece) - run.total) < 1e-12);
      assert.ok(run.way.every((way, i) => i === 0 || way > run.way[i - 1]));
    }
  }
});

test("a gain that is rounding is none, and one that is small is one", () => {
  assert.equal(compute({ ...first, depth: 2 }).total, 0);
  assert.ok(Math.abs(compute({ ...first, depth: 2.000001 }).total) > 1e-8);
});
