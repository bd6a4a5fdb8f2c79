// The controls of PlateauLab, and what its runs give.
export type State = {
  depth: number;
  learning_rate: number;
  scale: number;
  identity: number;
  target: "ahead" | "behind" | "opposite";
  seed: number;
  steps: number;
};

/** What the comparison of rates depends on. */
export type Question = Omit<State, "depth" | "learning_rate">;

export type Run = {
  steps: number[];
  loss: number[];
  layers: number[][];
  left: number;
  diverged: number;
  flip: number;
  flipped: number;
  wait: number;
  wait_balanced: number;
};

/** What counts of a run of the comparison. */
export type Attempt = { diverged: number; loss: number; reached: number };
