/** What is only drawn: the stage, shapes, texts, areas' surfaces, tables, pictures under the plan. */

import type { Outline, Plan, Shape, Table, Words } from "../plan/plan.ts";
import { isShown, type Scene } from "./scene.ts";

type Context = CanvasRenderingContext2D;

export function trace(context: Context | Path2D, outline: Outline, isClosed = true): void {
  context.moveTo(outline[0] ?? 0, outline[1] ?? 0);
  for (let at = 2; at < outline.length; at += 2) {
    context.lineTo(outline[at] ?? 0, outline[at + 1] ?? 0);
  }
  if (isClosed) context.closePath();
}

/** In plan units: the context is scaled. `pixel` is the length of a CSS pixel. */
export function paintDrawn(context: Context, scene: Scene, pixel: number): void {
  const { plan, palette } = scene;
  for (const shape of plan.shapes)
    if (isShown(scene, shape)) paintShape(context, shape, scene, pixel);
  if (plan.stage && isShown(scene, plan.stage)) {
    context.beginPath();
    trace(context, plan.stage.outline);
    context.fillStyle = palette.line;
    context.fill();
    context.strokeStyle = palette.taken;
    context.lineWidth = 1.5 * pixel;
    context.stroke();
    paintStageName(context, plan, palette.ink, palette.font, pixel);
  }
  for (const table of plan.tables) {
    const section = plan.sections[plan.rowSection[table.row] ?? -1];
    if (section && isShown(scene, section)) paintTable(context, table, scene, pixel);
  }
}

export function paintTexts(context: Context, scene: Scene, pixel: number): void {
  for (const words of scene.plan.texts) {
    // Smaller than that nobody reads it.
    if (isShown(scene, words) && words.size / pixel >= 7) paintWords(context, words, scene);
  }
}

function paintShape(context: Context, shape: Shape, scene: Scene, pixel: number): void {
  context.save();
  context.beginPath();
  if (shape.kind === "path") {
    trace(context, shape.outline, shape.closed);
  } else {
    context.translate(shape.x, shape.y);
    context.rotate((shape.angle * Math.PI) / 180);
    const [width, height] = [shape.width, shape.height];
    if (shape.kind === "ellipse") context.ellipse(0, 0, width / 2, height / 2, 0, 0, 2 * Math.PI);
    else context.roundRect(-width / 2, -height / 2, width, height, shape.corner);
  }
  // The plan's colours are made for light paper.
  context.globalAlpha = scene.palette.isDark ? 0.16 : 0.55;
  if (shape.fill) {
    context.fillStyle = shape.fill;
    context.fill();
  }
  if (shape.stroke) {
    context.globalAlpha = scene.palette.isDark ? 0.4 : 0.8;
    context.strokeStyle = shape.stroke;
    context.lineWidth = Math.max(pixel, 6);
    context.stroke();
  }
  context.restore();
}

function paintStageName(
  context: Context,
  { stage, seatSize }: Plan,
  colour: string,
  font: string,
  pixel: number,
): void {
  if (!stage?.label) return;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at < stage.outline.length; at += 2) {
    left = Math.min(left, stage.outline[at] ?? 0);
    right = Math.max(right, stage.outline[at] ?? 0);
    top = Math.min(top, stage.outline[at + 1] ?? 0);
    bottom = Math.max(bottom, stage.outline[at + 1] ?? 0);
  }
  const size = Math.min(
    (bottom - top) / 3,
    (right - left) / (0.7 * stage.label.length + 1),
    Math.max(4 * seatSize, 15 * pixel),
  );
  if (size / pixel < 7) return;
  context.fillStyle = colour;
  context.font = `600 ${size}px ${font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(stage.label, (left + right) / 2, (top + bottom) / 2);
}

function paintTable(context: Context, table: Table, { palette }: Scene, pixel: number): void {
  context.save();
  context.translate(table.x, table.y);
  context.rotate((table.angle * Math.PI) / 180);
  context.beginPath();
  const { width, height } = table;
  if (table.round) context.ellipse(0, 0, width / 2, height / 2, 0, 0, 2 * Math.PI);
  else context.roundRect(-width / 2, -height / 2, width, height, 8);
  context.fillStyle = palette.line;
  context.fill();
  context.restore();
  const size = Math.min(width, height) / 2.4;
  if (size / pixel < 7) return;
  context.fillStyle = palette.muted;
  context.font = `600 ${size}px ${palette.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(table.label, table.x, table.y);
}

function paintWords(context: Context, words: Words, { palette }: Scene): void {
  context.save();
  context.translate(words.x, words.y);
  context.rotate((words.angle * Math.PI) / 180);
  context.fillStyle = palette.isDark ? palette.muted : words.colour;
  context.font = `600 ${words.size}px ${palette.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(words.text, 0, 0);
  context.restore();
}
