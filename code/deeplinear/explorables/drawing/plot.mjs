// A plot on a canvas: axes, and marks in data coordinates, drawn anew each time. A canvas costs the page no layout.
import { atRest } from "../rest.mjs";
import { drawAxes, FONT } from "./axes.mjs";
import { across, down, trace } from "./path.mjs";
import { themeOf } from "./theme.mjs";

const BOLD = "650 12px system-ui, sans-serif";

/** The width of each of two pictures, side by side where there is room. In whole pixels: a clip that ends between two is slow. */
export const eachOfTwo = (width) => (width >= 600 ? Math.floor((width - 16) / 2) : width);

export class Plot {
  #clips = false;
  #rest = null; // begins with the first drawing, which no hand asked for

  /** `margin` is [top, right, bottom, left] in pixels; `title` is said to those who cannot see. */
  constructor({ height, margin = [12, 14, 40, 52], title }) {
    Object.assign(this, { height, margin, width: 0 });
    this.element = document.createElement("canvas");
    this.element.className = "dlx-plot";
    this.element.setAttribute("role", "img");
    this.pen = this.element.getContext("2d");
    this.element.setAttribute("aria-label", title);
  }

  /** What is seen now, by a function that says it: while a hand drags, it is asked only at the begin and the end. */
  describe(say) {
    const write = () => void this.element.setAttribute("aria-label", say());
    if (this.#rest) this.#rest(write);
    else write();
    this.#rest ??= atRest({ first: true });
  }

  /**
   * Begin a drawing `width` whole pixels wide on the scales `x` and `y`. What is drawn is styled by `{color, width, dash, alpha}`:
   * a number is a colour of the palette, without one it is the text's. `ground()` draws what lies under the axes.
   */
  begin(width, x, y, xLabel, yLabel, ground) {
    const [top, right, bottom, left] = this.margin;
    const { pen, element, height } = this;
    const scale = globalThis.devicePixelRatio || 1;
    this.#clip(false);
    Object.assign(this, { x, y, width, innerWidth: width - left - right, innerHeight: height - top - bottom, words: [] });
    if (this.size !== `${width} ${scale}`) {
      this.size = `${width} ${scale}`;
      Object.assign(element, { width: Math.round(width * scale), height: Math.round(height * scale) });
      Object.assign(element.style, { width: `${width}px`, height: `${height}px` });
    }
    this.theme = themeOf(element);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.lineJoin = "round";
    pen.lineCap = "butt";
    ground?.();
    drawAxes(this, xLabel, yLabel);
  }

  px = (value) => across(this, value);
  py = (value) => down(this, value);

  /** A line through the points, broken where one is no number; `close` makes it an area, filled with `fill` as its opacity. */
  line(xs, ys, { color, width = 1.8, dash = [], alpha = 1, close = false, fill = 0 } = {}) {
    const { pen } = this;
    this.#clip(true);
    pen.beginPath();
    trace(pen, this, xs, ys);
    if (close) pen.closePath();
    pen.strokeStyle = pen.fillStyle = this.#line(color);
    if (fill) {
      pen.globalAlpha = fill;
      pen.fill();
    }
    pen.globalAlpha = alpha;
    pen.lineWidth = width;
    pen.lineCap = dash.length ? "butt" : "round"; // round ends of dashes are slow
    pen.setLineDash(dash);
    pen.stroke();
  }

  /** Round dots, without those that a neighbour would hide; `hollow` ones show the paper inside. */
  dots(xs, ys, radius, { color, alpha = 1, hollow = false } = {}) {
    const { pen } = this;
    let [lastX, lastY] = [NaN, NaN];
    this.#clip(true);
    pen.beginPath();
    for (let i = 0; i < xs.length; i++) {
      const x = across(this, xs[i]);
      const y = down(this, ys[i]);
      if (x !== x || y !== y || Math.abs(x - lastX) + Math.abs(y - lastY) < radius / 2) continue;
      pen.moveTo(x + radius, y);
      pen.arc(x, y, radius, 0, 2 * Math.PI);
      lastX = x;
      lastY = y;
    }
    pen.globalAlpha = alpha;
    pen.fillStyle = hollow ? this.theme.paper : this.#line(color);
    pen.fill();
    if (!hollow) return;
    pen.strokeStyle = this.#line(color);
    pen.lineWidth = 1.8;
    pen.setLineDash([]);
    pen.stroke();
  }

  /** An arrow between two points of the data, its head in pixels. */
  arrow(x0, y0, x1, y1, { color, width = 1.8, head = 7, alpha = 1, dash = [] } = {}) {
    const [ax, ay, bx, by] = [this.px(x0), this.py(y0), this.px(x1), this.py(y1)];
    const length = Math.hypot(bx - ax, by - ay);
    if (!(length > 0.5)) return;
    const size = Math.min(head, length * 0.6);
    const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
    const { pen } = this;
    this.#clip(true);
    pen.globalAlpha = alpha;
    pen.strokeStyle = pen.fillStyle = this.#line(color);
    pen.lineWidth = width;
    pen.lineCap = "round";
    pen.setLineDash(dash);
    pen.beginPath();
    pen.moveTo(ax, ay);
    pen.lineTo(bx - ux * size * 0.8, by - uy * size * 0.8);
    pen.stroke();
    pen.beginPath();
    pen.moveTo(bx, by);
    pen.lineTo(bx - ux * size - uy * size * 0.45, by - uy * size + ux * size * 0.45);
    pen.lineTo(bx - ux * size + uy * size * 0.45, by - uy * size - ux * size * 0.45);
    pen.fill();
  }

  /** A cross at pixel coordinates. */
  cross(x, y, size, { color, width = 2.4 } = {}) {
    const { pen } = this;
    this.#clip(false);
    pen.strokeStyle = this.#line(color);
    pen.lineWidth = width;
    pen.lineCap = "round";
    pen.setLineDash([]);
    pen.beginPath();
    pen.moveTo(x - size, y - size);
    pen.lineTo(x + size, y + size);
    pen.moveTo(x + size, y - size);
    pen.lineTo(x - size, y + size);
    pen.stroke();
  }

  /**
   * Text at pixel coordinates, kept inside the picture and, by moving up or down, off other words. With a colour it names
   * something and is bold; without one it is a remark.
   */
  text(x, y, content, { color, anchor = "start" } = {}) {
    const { pen } = this;
    this.#clip(false);
    pen.font = color ? BOLD : FONT;
    const room = content.length * (color ? 6.9 : 6.5); // an average letter at 12 px: measuring would cost more than it gains
    const lead = { start: 0, middle: room / 2, end: room }[anchor];
    const left = Math.max(2, Math.min(this.width - 2 - room, x - lead));
    const clash = (at) => this.words.some((word) => Math.abs(word.y - at) < 14 && left < word.right && word.left < left + room);
    const inside = (at) => at > 10 && at < this.height - 4;
    const free = [0, 15, -15, 30, -30].map((lift) => y + lift).find((at) => inside(at) && !clash(at)) ?? y;
    this.words.push({ left, right: left + room, y: free, content });
    pen.textAlign = anchor === "middle" ? "center" : anchor;
    pen.lineWidth = 3.5;
    pen.setLineDash([]);
    pen.strokeStyle = this.theme.paper;
    pen.strokeText(content, left + lead, free);
    pen.fillStyle = color ? this.theme.words[color - 1] : this.theme.text;
    pen.globalAlpha = color ? 1 : 0.85;
    pen.fillText(content, left + lead, free);
    pen.globalAlpha = 1;
  }

  /** The pixel height of the highest point of a line between two pixel positions across. */
  highest(xs, ys, from, to) {
    const within = ys.filter((_, i) => this.px(xs[i]) >= from && this.px(xs[i]) <= to).map(this.py);
    return Math.max(this.margin[0] + 14, Math.min(...within));
  }

  #line(color) {
    return color ? this.theme.lines[color - 1] : this.theme.text;
  }

  /** Keep the pen inside of the axes, or let it go. Marks set all that they need: with its way its manner is forgotten too. */
  #clip(inside) {
    if (inside === this.#clips) return;
    const { pen, margin } = this;
    this.#clips = inside;
    if (!inside) return pen.restore();
    pen.save();
    pen.beginPath();
    pen.rect(margin[3], margin[0], this.innerWidth, this.innerHeight);
    pen.clip();
  }
}
