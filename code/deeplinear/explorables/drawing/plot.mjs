// A plot: axes, and marks that are kept by name, so that a redraw changes a few attributes and builds nothing anew.

const NS = "http://www.w3.org/2000/svg";
let serial = 0;

/** A new SVG element with attributes and text. */
export function svg(name, attributes = {}, text) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

const round = (x) => Math.round(Math.max(-1e5, Math.min(1e5, x)) * 10) / 10;

export class Plot {
  /** `margin` is [top, right, bottom, left] in pixels; `title` is said to those who cannot see. */
  constructor({ height, margin = [12, 14, 40, 52], title }) {
    Object.assign(this, { height, margin, width: 0, marks: new Map(), drawn: "" });
    const clip = `dlx-clip-${(serial += 1)}`;
    this.element = svg("svg", { role: "img", "aria-label": title, class: "dlx-plot" });
    this.window = svg("rect");
    const defs = svg("defs");
    defs.append(svg("clipPath", { id: clip }));
    defs.firstChild.append(this.window);
    this.axes = svg("g", { class: "dlx-axes" });
    this.inside = svg("g", { "clip-path": `url(#${clip})` });
    this.above = svg("g");
    this.element.append(defs, this.axes, this.inside, this.above);
  }

  /** Say what is seen now. */
  describe(text) {
    this.element.setAttribute("aria-label", text);
  }

  /** Begin a drawing `width` pixels wide on the scales `x` and `y`; what is not drawn again disappears at `end`. */
  begin(width, x, y, xLabel, yLabel) {
    const [top, right, bottom, left] = this.margin;
    Object.assign(this, { x, y, width, innerWidth: width - left - right, innerHeight: this.height - top - bottom });
    const key = [width, x.min, x.max, y.min, y.max, xLabel, yLabel].join();
    if (key !== this.drawn) this.#axes(xLabel, yLabel);
    this.drawn = key;
    this.unseen = new Set(this.marks.keys());
    this.words = [];
  }

  end() {
    for (const name of this.unseen) {
      this.marks.get(name).remove();
      this.marks.delete(name);
    }
  }

  px = (value) => this.margin[3] + this.x.position(value) * this.innerWidth;
  py = (value) => this.margin[0] + (1 - this.y.position(value)) * this.innerHeight;

  /** A line through the points, in data coordinates; `close` makes it an area. */
  line(name, xs, ys, className, close = false) {
    let d = "";
    for (let i = 0; i < xs.length; i++) {
      const x = round(this.px(xs[i]));
      const y = round(this.py(ys[i]));
      if (!Number.isNaN(x + y)) d += `${d ? "L" : "M"}${x} ${y}`;
    }
    this.#mark(name, "path", this.inside, { d: d + (close && d ? "Z" : ""), class: className });
  }

  /** A line that breaks where a coordinate is no number. */
  segments(name, xs, ys, className) {
    let d = "";
    let down = false;
    for (let i = 0; i < xs.length; i++) {
      const known = Number.isFinite(xs[i] + ys[i]);
      if (known) d += `${down ? "L" : "M"}${round(this.px(xs[i]))} ${round(this.py(ys[i]))}`;
      down = known;
    }
    this.#mark(name, "path", this.inside, { d, class: className });
  }

  /** Small filled circles, as one element. */
  dots(name, xs, ys, radius, className) {
    let d = "";
    for (let i = 0; i < xs.length; i++) {
      const x = round(this.px(xs[i]) - radius);
      const y = round(this.py(ys[i]));
      if (!Number.isNaN(x + y)) d += `M${x} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;
    }
    this.#mark(name, "path", this.inside, { d, class: className });
  }

  /** A cross at pixel coordinates. */
  cross(name, x, y, size, className) {
    const [left, top, two] = [round(x - size), round(y - size), 2 * size];
    this.#mark(name, "path", this.above, { d: `M${left} ${top}l${two} ${two}m0 ${-two}l${-two} ${two}`, class: className });
  }

  /** Text at pixel coordinates, kept inside the picture and, by moving up or down, off other words. */
  text(name, x, y, content, className, anchor = "start") {
    const room = content.length * 6.6; // an average letter at 12 px
    const lead = { start: 0, middle: room / 2, end: room }[anchor];
    const left = Math.max(2, Math.min(this.width - 2 - room, x - lead));
    const clash = (at) => this.words.some((word) => Math.abs(word.y - at) < 14 && left < word.right && word.left < left + room);
    const free = [0, 15, -15, 30, -30].map((lift) => y + lift).find((at) => !clash(at)) ?? y;
    this.words.push({ left, right: left + room, y: free });
    this.#mark(name, "text", this.above, { x: round(left + lead), y: round(free), class: className, "text-anchor": anchor }, content);
  }

  /** The pixel height of the highest point of a line between two pixel positions across. */
  highest(xs, ys, from, to) {
    const within = ys.filter((_, i) => this.px(xs[i]) >= from && this.px(xs[i]) <= to).map(this.py);
    return Math.max(this.margin[0] + 14, Math.min(...within));
  }

  #mark(name, tag, parent, attributes, content) {
    let element = this.marks.get(name);
    if (!element) {
      element = svg(tag);
      this.marks.set(name, element);
      parent.append(element);
    }
    this.unseen.delete(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (content !== undefined && element.textContent !== content) element.textContent = content;
  }

  #axes(xLabel, yLabel) {
    const [top, , , left] = this.margin;
    const { innerWidth, innerHeight, height, width } = this;
    for (const [key, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) this.element.setAttribute(key, value);
    for (const [key, value] of Object.entries({ x: left, y: top, width: innerWidth, height: innerHeight })) this.window.setAttribute(key, value);
    const floor = top + innerHeight;
    const parts = [svg("path", { d: `M${left} ${top}V${floor}H${left + innerWidth}`, class: "dlx-frame" })];
    for (const { at, label } of this.x.ticks) {
      const x = round(this.px(at));
      parts.push(svg("path", { d: `M${x} ${top}V${floor}`, class: "dlx-grid" }));
      parts.push(svg("text", { x, y: floor + 16, "text-anchor": "middle" }, label));
    }
    for (const { at, label } of this.y.ticks) {
      const y = round(this.py(at));
      parts.push(svg("path", { d: `M${left} ${y}H${left + innerWidth}`, class: "dlx-grid" }));
      parts.push(svg("text", { x: left - 7, y: y + 4, "text-anchor": "end" }, label));
    }
    parts.push(svg("text", { x: left + innerWidth / 2, y: height - 5, "text-anchor": "middle", class: "dlx-label" }, xLabel));
    const middle = top + innerHeight / 2;
    const turn = `translate(12 ${middle}) rotate(-90)`;
    parts.push(svg("text", { transform: turn, "text-anchor": "middle", class: "dlx-label" }, yLabel));
    this.axes.replaceChildren(...parts);
  }
}
