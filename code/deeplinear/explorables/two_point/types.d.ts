// The controls of TwoPointLab, its problem, and what its runs give.
export type Method = "gd" | "rule" | "factors" | "momentum" | "adam";

export type State = {
  p: number;
  depth: number;
  ratio: number;
  learning_rate: number;
  method: Method;
  scale: number;
  direction: "targets" | "equal";
  goal: number;
  steps: number;
};

/** What the comparison of rates depends on. */
export type Question = Omit<State, "method" | "learning_rate" | "steps">;

/** How to raise to the power p − 1. */
export type Power = { p: number; whole: number; half: boolean; general: boolean };

export type Problem = {
  p: number;
  power: Power;
  targets: number[];
  start: number[];
  loss(w: ArrayLike<number>): number;
};

export type Run = {
  steps: number[];
  w1: number[];
  w2: number[];
  loss: number[];
  reached: number;
  diverged: number;
};

/** What counts of a run of the comparison. */
export type Attempt = { reached: number; diverged: number; loss: number };

/** What a method is called, and its colour. */
export type Name = {
  color: number;
  label(depth: number): string;
  subject(depth: number): string;
};
