// The frame of a plot: grid, axes, ticks and labels.

/** @import { Plot } from "./plot.mjs" */

export const FONT = "12px system-ui, sans-serif";
const SMALL = "11px system-ui, sans-serif";

/**
 * Draw the frame of a plot that has begun.
 * @type {(plot: Plot, xLabel: string, yLabel: string) => void}
 */
export function drawAxes(plot, xLabel, yLabel) {
  const { pen, margin, innerWidth, innerHeight, theme, x, y, px, py } = plot;
  const [top, , , left] = margin;
  const floor = top + innerHeight;
  pen.strokeStyle = pen.fillStyle = theme.text;
  pen.lineWidth = 0.6;
  pen.globalAlpha = 0.16;
  pen.setLineDash([]);
  pen.beginPath();
  for (const { at } of x.ticks) {
    pen.moveTo(px(at), top);
    pen.lineTo(px(at), floor);
  }
  for (const { at } of y.ticks) {
    pen.moveTo(left, py(at));
    pen.lineTo(left + innerWidth, py(at));
  }
  pen.stroke();
  pen.globalAlpha = 0.35;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(left, top);
  pen.lineTo(left, floor);
  pen.lineTo(left + innerWidth, floor);
  pen.stroke();
  pen.globalAlpha = 0.85;
  pen.font = SMALL;
  pen.textAlign = "center";
  for (const { at, label } of x.ticks) pen.fillText(label, px(at), floor + 16);
  pen.textAlign = "right";
  for (const { at, label } of y.ticks) pen.fillText(label, left - 7, py(at) + 4);
  pen.globalAlpha = 1;
  pen.font = FONT;
  pen.textAlign = "center";
  pen.fillText(xLabel, left + innerWidth / 2, plot.height - 5);
  pen.save();
  pen.translate(12, top + innerHeight / 2);
  pen.rotate(-Math.PI / 2);
  pen.fillText(yLabel, 0, 0);
  pen.restore();
}
