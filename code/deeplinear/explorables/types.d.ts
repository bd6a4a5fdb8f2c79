// What the modules of several figures hand to one another, for the type checker alone: no page carries this.
import type { Plot } from "./drawing/plot.mjs";

declare global {
  // As TypeScript takes list[i] to be there, so it does list.at(-1): the lists of the figures have an end.
  interface Array<T> {
    at(index: -1): T;
  }
  interface Float64Array {
    at(index: -1): number;
  }
  // What has a name for each of its values has no other: the names are kept, as TypeScript would not.
  interface ObjectConstructor {
    entries<Name extends string, T>(named: Record<Name, T>): [Name, T][];
  }
  interface HTMLElement {
    /** State and numbers behind the picture of a live figure. */
    shown?: () => object;
  }
  /** There is one in a worker. */
  var WorkerGlobalScope: object | undefined;
}

/** A matrix, row by row. */
export type Matrix = { rows: number; columns: number; data: Float64Array };

/** A network of hidden width 1: the vector v and the numbers above it, with room for what a step needs. */
export type Chain = {
  parameters: Float64Array;
  weights: Float64Array;
  below: Float64Array;
  slopes: Float64Array;
  forward(): void;
  pullBack(g: Float64Array): void;
};

/** An optimizer: of the parameters, their gradient and a rate it makes its step. */
export type Method = (w: Float64Array, g: Float64Array, rate: number) => () => void;

export type Imbalance = { gaps: Matrix[]; inner: Matrix[]; first: Matrix; largest: number };

// ---------------------------------------------------------------------------------------- drawing

/** Numbers in a row, of any kind of array. */
export type Row = number[] | Float64Array;

export type Tick = { at: number; label: string };

export type Scale = {
  kind: "linear" | "log" | "steps";
  low: number;
  high: number;
  min: number;
  max: number;
  ticks: Tick[];
  position(value: number): number;
};

/** What a mark needs to know of a plot to find its pixels. */
export type Frame = {
  x: Pick<Scale, "position">;
  y: Pick<Scale, "position">;
  margin: number[];
  innerWidth: number;
  innerHeight: number;
};

export type Theme = {
  text: string;
  paper: string;
  dark: boolean;
  lines: string[];
  words: string[];
};

/** How a mark is drawn: a colour of the palette by its number, sizes in pixels. */
export type Style = {
  color?: number;
  width?: number;
  dash?: number[];
  alpha?: number;
  close?: boolean;
  fill?: number;
};

export type Anchor = "start" | "middle" | "end";

export type Words = { color?: number; anchor?: Anchor };

/** A curve that gets a name beside it; without one it is only in the way. */
export type Curve = {
  xs: Row;
  ys: Row;
  name?: string | false;
  color?: number;
  at?: number;
};

export type Box = { left: number; right: number; top: number; bottom: number };

/** Draw one of the pictures of a figure. */
export type Panel<State, Run, Beside extends unknown[] = []> = (
  plot: Plot,
  width: number,
  state: State,
  run: Run,
  ...beside: Beside
) => void;

// ------------------------------------------------------------------------------------------ frame

export type Value = number | string;

/** What the `h` of `frame/controls.mjs` may set of an element: its own properties, and these attributes. */
export type Properties<Tag extends keyof HTMLElementTagNameMap> = {
  [Name in keyof HTMLElementTagNameMap[Tag]]?: HTMLElementTagNameMap[Tag][Name] extends string
    ? string | number
    : HTMLElementTagNameMap[Tag][Name];
} & {
  "aria-hidden"?: "true";
  "aria-label"?: string;
  "aria-live"?: "polite";
  "data-explorable"?: string;
  "data-lm-suppress-shortcuts"?: "true";
};

/** The value of every control, by its name. */
export type Values = Record<string, Value>;

/** What a control may be, and how its slider moves, as the Python class says it. */
export type Domain = {
  least?: number;
  most?: number;
  above?: number;
  whole?: boolean;
  options?: string[];
  slide?: [number, number];
  step?: number;
  perDecade?: number;
};

export type Domains = Record<string, Domain>;

/** The domain of a control with a slider. */
export type Slide = {
  least: number;
  most: number;
  slide?: [number, number];
  step?: number;
  perDecade: number;
};

/** The part of a widget's model that figures use. */
export type Model = {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  on(event: `change:${string}`, listener: () => void): void;
  off(event: `change:${string}`, listener: () => void): void;
  save_changes(): void;
  link?: string;
};

export type Context = { model: Model; el: HTMLElement };

/** What a page knows of one figure. */
export type PageSpec = {
  key?: string;
  name: string;
  state: Values;
  domain?: Domains;
  data?: object;
};

/** What a control does with a new state that is proposed to it; `settled` if the hand is done. */
export type Change<State> = (patch: Partial<State>, settled?: boolean) => void;

export type Control<State> = { element: HTMLElement; sync(state: State): void };

export type MakeControl<State> = (change: Change<State>, domains: Domains) => Control<State>;

/** The names of the controls that are numbers, or words. */
export type NamesOf<State, Kind> = {
  [Name in keyof State]: State[Name] extends Kind ? Name & string : never;
}[keyof State];

/** A slider in units of its own. */
export type SliderSpec<State> = {
  name: NamesOf<State, number>;
  min?: number;
  max?: number;
  step?: number;
  read?: (state: State) => number;
  write?: (position: number, state: State) => Partial<State>;
  format: (state: State) => string;
  off?: (state: State) => boolean;
};

/** What the frame gives to the inside of a figure. */
export type Host<State, Data = object> = {
  change(patch: Partial<State>): void;
  announce(text: string): void;
  redraw(): void;
  data: Data;
};

/** The inside of a figure. */
export type Body<State> = {
  panels: HTMLElement[];
  actions?: HTMLElement[];
  below?: HTMLElement[];
  own?: HTMLElement[];
  draw(state: State, width: number): string;
  shown?(): object;
  destroy?(): void;
};

export type Figure<State, Data = object> = {
  name: string;
  note?: string;
  lines?: number;
  presets?: [string, Partial<State>][];
  controls: MakeControl<State>[];
  adjust?(patch: Partial<State>, state: State, data: Data): Partial<State>;
  build(host: Host<State, Data>): Body<State>;
};

// ------------------------------------------------------------------------- work and searches of rates

/** A task yields what it knows so far; whoever asks knows what it takes. */
export type Task<Result, Question extends unknown[]> = (
  ...question: Question
) => Generator<Result, Result | void, void>;

/** What a worker tells of the question of this number. */
export type News<Result> = { number: number; result: Result; running: boolean };

/** Whether run `a` is better than run `b`. */
export type Better<T> = (a: T, b: T) => boolean;

/** What counts of a run that was tried at a rate. */
export type Trial = { diverged: number; loss: number };

export type Tried<T extends Trial> = T & { k: number; rate: number };

export type Found<T extends Trial> = {
  runs: Tried<T>[];
  best?: Tried<T> | null;
  sturdy?: Tried<T> | null;
};

/** What is known of each competitor; while others are tried there is nothing of the last ones. */
export type Results<T extends Trial, Name extends string | number> = Record<Name, Found<T>>;

/** The row of a competitor in the table of a comparison. */
export type TableRow = { name: string; color?: number; cells: (Node | string)[][] };

/** A comparison of rates, for `frame/comparison.mjs`. */
export type Comparison<State, Data, Question, T extends Trial, Name extends string | number> = {
  address: string;
  compare: Task<Results<T, Name>, [Question, Data]>;
  competitors: Name[];
  question(state: State): Question;
  heads(state: State): string[];
  caption(state: State): string;
  row(name: Name, found: Found<T> | null, results: Results<T, Name>, state: State): TableRow;
  verdict(results: Results<T, Name>, state: State): string;
  plot?: Plot;
  draw?(plot: Plot, width: number, results: Results<T, Name>, state: State, running: boolean): void;
};
