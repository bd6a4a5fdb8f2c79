// The controls of CurlField, its curve and field, and the account of a walk.
import type { Row } from "../types.d.ts";

export type State = {
  loss: "constant" | "isotropic" | "anisotropic" | "l4" | "homogeneous";
  depth: number;
  outer: number;
  ratio: number;
  span: number;
  progress: number;
};

export type Curve = {
  inner: number;
  outer: number;
  turn: number;
  lengths: number[];
  corners: number[];
  place(piece: number, u: number, at?: Row): Row;
};

/** The field F at weights, two numbers each. */
export type Field = (w: Row, out?: Row) => Row;

/** A whole round. */
export type Account = {
  way: number[];
  w1: number[];
  w2: number[];
  running: number[];
  pieces: number[];
  total: number;
  constant: number | null;
};

/** A round and what it was computed with. */
export type Round = Account & {
  curve: Curve;
  work(piece: number, begin: number, end: number): number;
  force: Field;
  sums: number[];
  rounding: number;
};

/** Field and curl in the cells. */
export type Cells = { f1: number[]; f2: number[]; curl: number[] };

export type Run = Account & Cells & { at: number; here: Row; force: Row; gained: number };
