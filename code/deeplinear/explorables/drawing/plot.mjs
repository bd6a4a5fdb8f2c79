// A plot on a canvas: axes, and marks in data coordinates, drawn anew each time. A canvas costs the page no layout.
import { atRest } from "../work/rest.mjs";
import { drawAxes, FONT } from "./axes.mjs";
import { across, down, trace } from "./path.mjs";
import { linear } from "./scales.mjs";
import { themeOf } from "./theme.mjs";

/** @import { Scale, Style, Words } from "../types.d.ts" */

const BOLD = "650 12px system-ui, sans-serif";

/**
 * The width of each of two pictures, side by side where there is room. In whole pixels: a clip that ends
 * between two is slow.
 * @type {(width: number) => number}
 */
export const eachOfTwo = (width) => (width >= 600 ? Math.floor((width - 16) / 2) : width);

export class Plot {
  #clips = false;
  /** @type {ReturnType<typeof atRest> | null} */
  #rest = null; // begins with the first drawing, which no hand asked for

  /**
   * `margin` is [top, right, bottom, left] in pixels; `title` is said to those who cannot see.
   * @param {{ height: number, margin?: number[], title: string }} settings
   */
  constructor({ height, margin = [12, 14, 40, 52], title }) {
    this.height = height;
    this.margin = margin;
    this.width = this.innerWidth = this.innerHeight = 0;
    this.x = this.y = linear(0, 1);
    this.size = "";
    /** @type {{ left: number, right: number, y: number }[]} */
    this.words = [];
    this.element = document.createElement("canvas");
    this.element.className = "dlx-plot";
    this.element.setAttribute("role", "img");
    this.pen = /** @type {CanvasRenderingContext2D} */ (this.element.getContext("2d"));
    this.theme = themeOf(this.element);
    this.element.setAttribute("aria-label", title);
  }

  /**
   * What is seen now, by a function that says it: while a hand drags, it is asked only at the begin and the end.
   * @param {() => string} say
   */
  describe(say) {
    const write = () => void this.element.setAttribute("aria-label", say());
    if (this.#rest) this.#rest(write);
    else write();
    this.#rest ??= atRest({ first: true });
  }

  /**
   * Begin a drawing `width` whole pixels wide on the scales `x` and `y`. What is drawn is styled by `{color,
   * width, dash, alpha}`: a number is a colour of the palette, without one it is the text's. `ground()` draws
   * what lies under the axes.
   * @type {(
   *   width: number,
   *   x: Scale,
   *   y: Scale,
   *   xLabel: string,
   *   yLabel: string,
   *   ground?: () => void,
   * ) => void}
   */
  begin(width, x, y, xLabel, yLabel, ground) {
    const [top, right, bottom, left] = this.margin;
    const { pen, element, height } = this;
    const scale = globalThis.devicePixelRatio || 1;
    this.#clip(false);
    this.x = x;
    this.y = y;
    this.width = width;
    this.innerWidth = width - left - right;
    this.innerHeight = height - top - bottom;
    this.words = [];
    if (this.size !== `${width} ${scale}`) {
      this.size = `${width} ${scale}`;
      Object.assign(element, {
        width: Math.round(width * scale),
        height: Math.round(height * scale),
      });
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

  /**
   * Take the picture away; `words` are all that is left to say.
   * @type {(width: number, words: string) => void}
   */
  clear(width, words) {
    this.begin(width, linear(0, 1), linear(0, 1), "", "");
    this.pen.clearRect(0, 0, width, this.height);
    this.describe(() => words);
  }

  /** @type {(value: number) => number} */
  px = (value) => across(this, value);
  /** @type {(value: number) => number} */
  py = (value) => down(this, value);

  /**
   * A line through the points, broken where one is no number; `close` makes it an area, filled with `fill` as
   * its opacity.
   * @type {(xs: ArrayLike<number>, ys: ArrayLike<number>, style?: Style) => void}
   */
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

  /**
   * Round dots, without those that a neighbour would hide; `hollow` ones show the paper inside.
   * @type {(
   *   xs: ArrayLike<number>,
   *   ys: ArrayLike<number>,
   *   radius: number,
   *   style?: { color?: number, alpha?: number, hollow?: boolean },
   * ) => void}
   */
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

  /**
   * An arrow between two points of the data, its head in pixels.
   * @type {(x0: number, y0: number, x1: number, y1: number, style?: Style & { head?: number }) => void}
   */
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

  /**
   * A cross at pixel coordinates.
   * @type {(x: number, y: number, size: number, style?: Pick<Style, "color" | "width">) => void}
   */
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
   * Text at pixel coordinates, kept inside the picture and, by moving up or down, off other words. With a
   * colour it names something and is bold; without one it is a remark.
   * @type {(x: number, y: number, content: string, words?: Words) => void}
   */
  text(x, y, content, { color, anchor = "start" } = {}) {
    const { pen } = this;
    this.#clip(false);
    pen.font = color ? BOLD : FONT;
    const room = content.length * (color ? 6.9 : 6.5); // an average letter: to measure costs more than it gains
    const lead = { start: 0, middle: room / 2, end: room }[anchor];
    const left = Math.max(2, Math.min(this.width - 2 - room, x - lead));
    /** @type {(at: number) => boolean} */
    const clash = (at) =>
      this.words.some(
        (word) => Math.abs(word.y - at) < 14 && left < word.right && word.left < left + room,
      );
    /** @type {(at: number) => boolean} */
    const inside = (at) => at > 10 && at < this.height - 4;
    const free =
      [0, 15, -15, 30, -30].map((lift) => y + lift).find((at) => inside(at) && !clash(at)) ?? y;
    this.words.push({ left, right: left + room, y: free });
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

  /**
   * The pixel height of the highest point of a line between two pixel positions across.
   * @type {(xs: number[], ys: number[], from: number, to: number) => number}
   */
  highest(xs, ys, from, to) {
    const within = ys.filter((_, i) => this.px(xs[i]) >= from && this.px(xs[i]) <= to).map(this.py);
    return Math.max(this.margin[0] + 14, Math.min(...within));
  }

  /** @param {number} [color] */
  #line(color) {
    return color ? this.theme.lines[color - 1] : this.theme.text;
  }

  /**
   * Keep the pen inside of the axes, or free it. That restores its older style too: each mark sets all that
   * it needs.
   * @param {boolean} inside
   */
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
