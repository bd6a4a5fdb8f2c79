// A figure under a reader's hand, and its twin: a fresh figure that was put into the same state. Whatever the two show
// differently, down to the strokes of a drawing, is stale. It runs in a page whose clock is fast.

const REST = 600; // milliseconds, by the page's clock, until all that waits for a hand to rest has been done
const PATIENCE = 20_000; // by the wall

/** The clock of the page runs `speed` times as fast as the wall's, and its frames do not wait for a screen. */
export function hasten(speed) {
  const now = performance.now.bind(performance);
  const later = globalThis.setTimeout.bind(globalThis);
  const never = () => new Promise(() => {});
  performance.now = () => speed * now();
  globalThis.setTimeout = (act, wait = 0, ...rest) => later(act, wait / speed, ...rest);
  globalThis.requestAnimationFrame = (act) => later(() => act(performance.now()));
  globalThis.cancelAnimationFrame = clearTimeout;
  return { now, later, never };
}

const frame = () => new Promise((done) => requestAnimationFrame(done));
const pause = (wait) => new Promise((done) => setTimeout(done, wait));

/** The handle by which a test drives the figure `spec` = {name, state, domain, data} of the widget module `widget`. */
export function bench(widget, pageModel, spec, wall) {
  const twins = new Map();
  let figure = null;

  function mount(state, link) {
    const el = document.body.appendChild(document.createElement("figure"));
    const model = pageModel({ ...spec, state }, link);
    const close = widget.render({ model, el });
    const live = el.querySelector(".dlx-live");
    return { live, model, close: () => (close(), el.remove()) };
  }

  const working = ({ live }) => live.shown().running || live.querySelector("[aria-busy]");

  /** Wait until nothing is computed any more and all that waits for rest is done. */
  async function settle(one) {
    const end = wall() + PATIENCE;
    for (let quiet = 0; quiet < 3; quiet = working(one) ? 0 : quiet + 1) {
      await frame();
      if (wall() > end) throw new Error("it is busy and stays busy");
    }
    await pause(REST); // what came last is spoken
  }

  const asked = ({ live }) => live.querySelector(".dlx-table[hidden]") === null;

  /** What a fresh figure shows in the state that the live one is in, after the same questions. */
  async function twinOf(one) {
    const { state } = one.live.shown();
    const [comparison, code] = [asked(one), !one.live.querySelector(".dlx-code").hidden];
    const key = JSON.stringify([state, comparison, code]);
    if (!twins.has(key)) {
      const twin = mount(state, ""); // the address belongs to the other
      if (comparison && !asked(twin)) twin.live.querySelector(".dlx-main").click();
      if (code) twin.live.querySelector(".dlx-buttons button:last-of-type").click();
      if (working(twin)) await settle(twin);
      twins.set(key, pictureOf(twin.live));
      twin.close();
    }
    return twins.get(key);
  }

  return {
    /** Begin anew, in the first state. */
    begin() {
      figure?.close();
      history.replaceState(null, "", location.pathname);
      figure = mount(spec.state, spec.name);
    },
    settle: () => settle(figure),
    /** Where the element is that an action is for: [left, top, width, height], and how far along its handle is. */
    place(selector, number = 0) {
      const element = figure.live.querySelectorAll(selector)[number];
      const { left, top, width, height } = element.getBoundingClientRect();
      const part =
        element.type === "range" ? (element.value - element.min) / (element.max - element.min) : 0;
      const next = element.selectedIndex < element.length - 1; // of a list of choices
      return { box: [left, top, width, height], part, next, disabled: element.disabled };
    },
    focus: (selector, number = 0) => figure.live.querySelectorAll(selector)[number].focus(),
    /** What is stale, word by word: a list that ought to be empty. */
    async stale() {
      await settle(figure);
      const [shown, fresh] = [pictureOf(figure.live), await twinOf(figure)];
      const found = [];
      for (const [what, value] of Object.entries(shown)) {
        if (!alike(value, fresh[what]))
          found.push(`${what}: ${value}\n  but afresh: ${fresh[what]}`);
      }
      for (const what of Object.keys(fresh)) if (!(what in shown)) found.push(`${what} is missing`);
      return [...found, ...unlinked(figure), ...unsaid(figure)];
    },
  };

  /** The address holds the state, or nothing if it is the first one. */
  function unlinked({ live }) {
    const { state } = live.shown();
    const first = JSON.stringify(state) === JSON.stringify(spec.state);
    const pairs = Object.entries(state).map(([name, value]) => `${name}=${value}`);
    const expected = first ? "" : `#${spec.name}:${pairs.join(";")}`;
    return location.hash === expected
      ? []
      : [`the address is ${location.hash} and not ${expected}`];
  }

  /** What was spoken last is what is to be read, or the answer to a button. */
  function unsaid({ live }) {
    const [said, spoken] = [".dlx-sentence", ".dlx-spoken"].map(
      (part) => live.querySelector(part).textContent,
    );
    const answer = /^(Copied\. |Select the line|Best rates found|Depth 1: distance)/.test(spoken);
    return spoken === said || answer ? [] : [`"${spoken}" was spoken, and "${said}" is written`];
  }
}

const alike = (a, b) => a === b || (typeof a === "number" && Math.abs(a - b) <= 0.5 + 1e-6);

/** All that a figure shows and tells: a record from a path in the document to what is there. */
function pictureOf(live) {
  const found = { numbers: JSON.stringify({ ...live.shown(), running: false }) };
  const visit = (element, path) => {
    if (element.matches(".dlx-spoken")) return;
    for (const { name, value } of element.attributes) {
      if (!/^(id|for|style|name)$/.test(name)) found[`${path} ${name}`] = value;
    }
    if ("disabled" in element) found[`${path} disabled`] = element.disabled;
    if (element.type === "range")
      found[`${path} handle`] = (element.value - element.min) / element.step;
    else if (element.matches("select")) found[`${path} value`] = element.value;
    if (element.matches("canvas")) found[`${path} drawing`] = drawingOf(element);
    for (const node of element.childNodes)
      if (node.nodeType === Node.TEXT_NODE) found[`${path} text`] = node.data;
    [...element.children].forEach((child, i) => visit(child, `${path} > ${child.localName}${i}`));
  };
  visit(live, "figure");
  return found;
}

const drawingOf = (canvas) => {
  const { number, words } = strokes.get(canvas) ?? { number: 0, words: [] };
  return `${words.join(" | ")} (${number})`;
};

// What each kind of mark depends on.
const STROKE = ["strokeStyle", "globalAlpha", "lineWidth", "lineCap", "lineJoin"];
const FILL = ["fillStyle", "globalAlpha"];
const STYLES = {
  stroke: STROKE,
  strokeText: [...STROKE, "font", "textAlign"],
  fill: FILL,
  fillText: [...FILL, "font", "textAlign"],
  drawImage: ["globalAlpha", "globalCompositeOperation"],
};
const strokes = new WeakMap();

/**
 * From now on every canvas keeps a number of what was drawn on it since it was cleared, and its words.
 * Pixels would not do: how a browser smooths a line depends on what the canvas was used for before.
 */
export function watchCanvases() {
  const pen = CanvasRenderingContext2D.prototype;
  for (const name of Object.getOwnPropertyNames(pen)) {
    const draw = Object.getOwnPropertyDescriptor(pen, name).value;
    if (typeof draw !== "function" || name.startsWith("get") || name.startsWith("create")) continue;
    pen[name] = function (...args) {
      if (name === "clearRect" || name === "putImageData") strokes.delete(this.canvas);
      if (!strokes.has(this.canvas)) strokes.set(this.canvas, { number: 0, words: [] });
      const record = strokes.get(this.canvas);
      // What only takes away has no colour.
      const erases = this.globalCompositeOperation === "destination-out";
      const styles =
        STYLES[name]?.map((style) => (erases && style === "fillStyle" ? "" : this[style])) ?? [];
      record.number = mix(record.number, name, ...args.flat(), ...styles);
      if (name === "fillText") record.words.push(args[0]);
      return draw.apply(this, args);
    };
  }
}

/** A number that changes with any of the values. */
function mix(number, ...values) {
  for (const value of values) {
    if (typeof value === "number") number = (Math.imul(number, 31) + ((value * 1024) | 0)) | 0;
    else if (typeof value === "string")
      for (const c of value) number = (Math.imul(number, 31) + c.codePointAt(0)) | 0;
    else if (value instanceof HTMLCanvasElement)
      number = mix(number, strokes.get(value)?.number ?? 0);
    else if (value instanceof ImageData) number = mix(number, ...value.data);
  }
  return number;
}
