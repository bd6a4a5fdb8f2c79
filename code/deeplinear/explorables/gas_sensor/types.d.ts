// The controls of GasSensorLab, the data that it is sent, and what its runs give.
import type { Found, Tried } from "../types.d.ts";

export type State = {
  p: number;
  depth: number;
  learning_rate: number;
  optimizer: "gd" | "momentum" | "adagrad" | "adam";
  start: "near-zero" | "identity";
  seed: number;
  steps: number;
};

/** What the comparison of rates depends on. */
export type Question = Omit<State, "depth" | "learning_rate">;

/** Moments of the real data; for p = 2, 3, … the lowest loss and the largest stable rate; recorded runs. */
export type Data = {
  eigenvalues: number[];
  projections: number[];
  feature: number[];
  optimum: number[];
  stable: number[];
  records: Record<string, { steps: number[]; curves: number[][] }>;
};

export type Problem = {
  rows: number;
  nodes: number;
  inputs: Float64Array;
  targets: Float64Array;
  residuals: Float64Array;
};

export type Run = {
  steps: number[];
  distance: number[];
  edge: number[] | null;
  diverged: number;
};

/** The newest news of a run. */
export type Seen = { run: Run; running: boolean };

/** What counts of a run of the comparison: the distance at a tenth, and at its end. */
export type Attempt = { diverged: number; early: number; loss: number };

export type FoundRates = Found<Attempt> & { hasty: Tried<Attempt> | null };
