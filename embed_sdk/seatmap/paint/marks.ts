/** What lies over the picture in each frame: focus, the pointer, what was lost, my places from afar. */

import type { Viewport } from "../geometry/viewport.ts";
import { Level, levelAt } from "./levels.ts";
import { isShown, type Scene } from "./scene.ts";

type Context = CanvasRenderingContext2D;

export interface Marks {
  /** The seat of the keyboard, and the one under the pointer; -1 for none. */
  focus: number;
  hover: number;
  /** Seats that were lost to somebody else, with the moment when (`performance.now()`). */
  readonly pulses: Map<number, number>;
}

const PULSE_MS = 1600;
const PIN_PX = 7;

/** In CSS pixels. */
export function paintMarks(
  context: Context,
  scene: Scene,
  viewport: Viewport,
  marks: Marks,
  now: number,
): void {
  const { plan, palette } = scene;
  const radius = (plan.seatSize * viewport.zoom) / 2;
  if (levelAt(2 * radius) < Level.SEATS) paintPins(context, scene, viewport);
  paintAreaPins(context, scene, viewport);
  if (marks.hover >= 0) ring(context, scene, viewport, marks.hover, radius + 2, 2, palette.ink);
  if (marks.focus >= 0) {
    // Two rings: one of them differs from whatever lies under it.
    ring(context, scene, viewport, marks.focus, Math.max(9, radius + 3), 3, palette.focus);
    ring(context, scene, viewport, marks.focus, Math.max(11, radius + 5), 1.5, palette.ground);
  }
  for (const [seat, at] of marks.pulses) {
    const age = (now - at) / PULSE_MS;
    if (age >= 1) {
      marks.pulses.delete(seat);
      continue;
    }
    context.globalAlpha = 1 - age;
    ring(context, scene, viewport, seat, Math.max(8, radius) * (1 + age), 3, palette.ink);
    context.globalAlpha = 1;
  }
}

/** Where my places are, when seats are too small to be seen. */
function paintPins(context: Context, scene: Scene, { zoom, origin }: Viewport): void {
  const { plan } = scene;
  for (const seat of scene.places.mineOrdinals) {
    const section = plan.sections.find(({ first, end }) => seat >= first && seat < end);
    if (!section || !isShown(scene, section)) continue;
    const x = (plan.x[seat] ?? 0) * zoom + origin.x;
    paintPin(context, scene, x, (plan.y[seat] ?? 0) * zoom + origin.y);
  }
}

/** An area has no seats to mark: it has one pin, whatever the buyer has there. */
function paintAreaPins(context: Context, scene: Scene, { zoom, origin }: Viewport): void {
  const mine = scene.places.mineOrdinals;
  for (const area of scene.plan.areas) {
    if (!isShown(scene, area)) continue;
    if (!mine.some((ordinal) => ordinal >= area.first && ordinal < area.end)) continue;
    const { left, top, right, bottom } = area.box;
    const y = top + (bottom - top) / 4;
    paintPin(context, scene, ((left + right) / 2) * zoom + origin.x, y * zoom + origin.y);
  }
}

function paintPin(context: Context, { palette }: Scene, x: number, y: number): void {
  context.beginPath();
  context.arc(x, y, PIN_PX, 0, 2 * Math.PI);
  context.fillStyle = palette.mine;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = palette.ground;
  context.stroke();
  context.beginPath();
  context.moveTo(x - 3, y);
  context.lineTo(x - 0.8, y + 2.4);
  context.lineTo(x + 3.2, y - 2.4);
  context.strokeStyle = palette.onMine;
  context.stroke();
}

function ring(
  context: Context,
  { plan }: Scene,
  { zoom, origin }: Viewport,
  seat: number,
  radius: number,
  width: number,
  colour: string,
): void {
  const x = plan.x[seat];
  const y = plan.y[seat];
  if (x === undefined || y === undefined) return;
  context.beginPath();
  context.arc(x * zoom + origin.x, y * zoom + origin.y, radius, 0, 2 * Math.PI);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
}
