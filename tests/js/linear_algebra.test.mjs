// What golden numbers do not reach: matrices of every shape and rank, and the rule without a network.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EndToEndRule } from "../../code/deeplinear/explorables/numerics/end_to_end.mjs";
import {
  Network,
  balanced,
  imbalance,
} from "../../code/deeplinear/explorables/numerics/factors.mjs";
import {
  eye,
  matrix,
  norm,
  svd,
  times,
  timesTranspose,
  transpose,
  transposeTimes,
} from "../../code/deeplinear/explorables/numerics/linear_algebra.mjs";
import { normals } from "../../code/deeplinear/explorables/numerics/normals.mjs";

const random = (seed, rows, columns) => matrix(rows, columns, normals(seed, rows * columns));
const near = (A, B, tolerance = 1e-13) =>
  assert.ok(norm(A, B) <= tolerance * (1 + norm(B)), `${A.data} is not ${B.data}`);

function diagonal(values) {
  const D = eye(values.length);
  values.forEach((value, i) => (D.data[i * values.length + i] = value));
  return D;
}

test("products with a transposed factor are those of the transposed matrix", () => {
  const [A, B, C] = [random(1, 3, 4), random(2, 3, 5), random(3, 6, 4)];
  near(transposeTimes(A, B), times(transpose(A), B));
  near(timesTranspose(A, C), times(A, transpose(C)));
});

for (const [rows, columns, rank] of [
  [1, 1, 1],
  [4, 5, 4],
  [5, 4, 4],
  [4, 5, 1],
  [6, 3, 2],
  [3, 3, 0],
]) {
  test(`a ${rows} × ${columns} matrix of rank ${rank} is the product of its singular parts`, () => {
    const A =
      rank === 0 ? matrix(rows, columns) : times(random(1, rows, rank), random(2, rank, columns));
    const { left, sigma, right } = svd(A);
    near(times(times(left, diagonal(sigma)), right), A);
    assert.equal(sigma.filter((value) => value > 0).length, rank);
    assert.deepEqual(
      Array.from(sigma),
      Array.from(sigma).sort((a, b) => b - a),
    );
    const unit = diagonal(Array.from(sigma, (value) => (value > 0 ? 1 : 0)));
    const [U, V] = [transposeTimes(left, left), timesTranspose(right, right)];
    near(rows <= columns ? U : V, eye(sigma.length));
    near(rows <= columns ? V : U, unit);
  });
}

test("small singular values are as exact as large ones", () => {
  const sigma = [1, 1e-5, 1e-10];
  const turn = svd(random(4, 3, 3)).left;
  const found = svd(times(times(turn, diagonal(sigma)), svd(random(5, 3, 3)).left)).sigma;
  sigma.forEach((value, i) => assert.ok(Math.abs(found[i] - value) < 1e-15, `${found[i]}`));
});

test("balanced layers have the product and no imbalance", () => {
  for (const [depth, width] of [
    [1, 4],
    [2, 4],
    [3, 6],
    [8, 5],
  ]) {
    const W = random(6, 4, 5);
    const network = new Network(balanced(W, depth, width));
    near(network.product(), W);
    for (const D of imbalance(network.layers).gaps) assert.ok(norm(D) < 1e-13);
  }
});

test("the gradients of the layers are the differences of the loss", () => {
  const network = new Network([random(1, 3, 5), random(2, 2, 3), random(3, 4, 2)]);
  const loss = () => 0.5 * norm(network.product()) ** 2;
  network.product();
  const slopes = network
    .gradients(matrix(4, 5, network.product().data.slice()))
    .map((G) => G.data.slice());
  network.layers.forEach(({ data }, j) => {
    for (let i = 0; i < data.length; i++) {
      const kept = data[i];
      const [up, down] = [1e-5, -1e-5].map((change) => ((data[i] = kept + change), loss()));
      data[i] = kept;
      assert.ok(Math.abs((up - down) / 2e-5 - slopes[j][i]) < 1e-6 * (1 + Math.abs(slopes[j][i])));
    }
  });
});

test("at depth 1 the rule is gradient descent, at depth 2 on a diagonal it is known in closed form", () => {
  const G = random(7, 2, 2);
  const plain = new EndToEndRule(diagonal([3, 2]), 1);
  plain.step(G, 0.1);
  near(
    plain.W,
    matrix(
      2,
      2,
      diagonal([3, 2]).data.map((w, i) => w - 0.1 * G.data[i]),
    ),
  );
  const deep = new EndToEndRule(diagonal([3, 2]), 2);
  deep.step(G, 0.1, 0.5);
  const sums = [6, 5, 5, 4]; // σ_r + σ_s
  near(
    deep.W,
    matrix(
      2,
      2,
      diagonal([3, 2]).data.map((w, i) => 0.9 * w - 0.1 * sums[i] * G.data[i]),
    ),
  );
});
