// The controls of PreconditionerLens, and what it makes of a gradient.
export type State = {
  sigma_1: number;
  sigma_2: number;
  depth: number;
  plane: "11-22" | "11-12" | "12-21";
  angle: number;
  rotation: number;
};

export type Run = {
  matrix: number[][];
  gradient: number[][];
  image: number[][];
  eigenvalues: number[][];
  by_depth: number[][][];
  axes: number[];
  before: number[];
  after: number[];
  amplification: number;
  turned: number | null;
};
