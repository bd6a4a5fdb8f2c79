// The controls of ScalarLab, and what its runs give.
export type State = {
  depth: number;
  start: number;
  imbalance: number;
  weight_decay: number;
  learning_rate: number;
  moment: number;
  time: number;
};

/** The product, and all of it but the first factor, before every step. */
export type Descent = { w: number[]; others: number[]; diverged: number };

export type Run = Descent & {
  rho: number[];
  gamma: number[];
  plain: number[];
  flow: number[];
  step: number;
  memory: number[];
  leftover: number;
  settled: number;
  plain_settled: number;
};
