// The controls of BalanceDrift, and what a run of it gives.
export type State = {
  depth: number;
  width: number;
  learning_rate: number;
  weight_decay: number;
  start: "balanced" | "near-zero" | "identity" | "xavier";
  seed: number;
};

export type Run = {
  steps: number[];
  time: number[];
  imbalance: number[][];
  law: number[][];
  drift: number[];
  relative: number[];
  loss: number[];
  rule_loss: number[];
  distance: number[];
  diverged: number;
  rule_diverged: number;
  drift_at_twice: number | null;
};
