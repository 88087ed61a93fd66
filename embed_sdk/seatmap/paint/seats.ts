/** Near: each seat, and nearer its number and the sign of what is special about it. */

import type { Viewport } from "../geometry/viewport.ts";
import type { Box, Plan, Section } from "../plan/plan.ts";
import { rowEnd, seatLabel } from "../plan/plan.ts";
import type { Scene } from "./scene.ts";
import { SIGNS, type SignMasks, signOf } from "./signs.ts";
import type { Sprites } from "./sprites.ts";

type Context = CanvasRenderingContext2D;

export interface SeatBrush {
  readonly scene: Scene;
  readonly sprites: Sprites;
  readonly viewport: Viewport;
  /** Device pixels a CSS pixel. */
  readonly ratio: number;
  readonly hasLabels: boolean;
  readonly signs: SignMasks;
}

/** In device pixels. Only the rows that the box meets. */
export function paintSeats(context: Context, brush: SeatBrush, section: Section, box: Box): void {
  const { plan } = brush.scene;
  for (let row = section.firstRow; row < section.endRow; row += 1) {
    if (!rowMeets(plan, row, box)) continue;
    const end = rowEnd(plan, row);
    for (let seat = plan.rowFirst[row] ?? end; seat < end; seat += 1) {
      const x = plan.x[seat] ?? 0;
      const y = plan.y[seat] ?? 0;
      if (x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
      paintSeat(context, brush, seat);
    }
    if (plan.rowIsTable[row] !== 1) paintRowNames(context, brush, row, end);
  }
}

function rowMeets({ rowBoxes }: Plan, row: number, box: Box): boolean {
  const at = 4 * row;
  return (
    (rowBoxes[at] ?? 0) <= box.right &&
    (rowBoxes[at + 1] ?? 0) <= box.bottom &&
    (rowBoxes[at + 2] ?? 0) >= box.left &&
    (rowBoxes[at + 3] ?? 0) >= box.top
  );
}

/** One seat, in device pixels, at whole ones: copies stay sharp. */
export function paintSeat(context: Context, brush: SeatBrush, seat: number): void {
  const { scene, sprites, viewport, ratio } = brush;
  const { plan } = scene;
  const look = scene.places.look(seat);
  const zone = scene.zoneOfCategory[plan.category[seat] ?? 255] ?? -1;
  const x = ((plan.x[seat] ?? 0) * viewport.zoom + viewport.origin.x) * ratio;
  const y = ((plan.y[seat] ?? 0) * viewport.zoom + viewport.origin.y) * ratio;
  const { side } = sprites;
  const from = sprites.index(look, zone) * side;
  context.drawImage(
    sprites.sheet,
    from,
    0,
    side,
    side,
    Math.round(x - side / 2),
    Math.round(y - side / 2),
    side,
    side,
  );
  if (brush.hasLabels && look !== "mine" && look !== "closed") {
    paintLabel(context, brush, seat, look === "free", x, y);
  }
}

function paintLabel(
  context: Context,
  { scene, viewport, ratio, signs }: SeatBrush,
  seat: number,
  isFree: boolean,
  x: number,
  y: number,
): void {
  const { plan, palette } = scene;
  const radius = (plan.seatSize * viewport.zoom * ratio) / 2;
  context.fillStyle = isFree ? palette.onZone : palette.muted;
  const sign = signOf(signs, plan.attributes[seat] ?? 0);
  if (sign) {
    context.save();
    context.translate(x, y);
    context.scale((radius * 1.25) / 24, (radius * 1.25) / 24);
    context.translate(-12, -12);
    context.strokeStyle = context.fillStyle;
    context.lineWidth = 2.4;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.stroke(SIGNS[sign]());
    context.restore();
    return;
  }
  // What is taken needs no number; it would only be noise.
  if (!isFree) return;
  const label = seatLabel(plan, seat);
  context.font = `600 ${Math.min(radius * 0.95, (2.9 * radius) / Math.max(2, label.length))}px ${palette.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(label, x, y + radius * 0.06);
}

/** A row's name at both of its ends, upright, a seat's way outside. */
function paintRowNames(context: Context, brush: SeatBrush, row: number, end: number): void {
  const { scene, viewport, ratio } = brush;
  const { plan, palette } = scene;
  const label = plan.rowLabels[row] ?? "";
  const first = plan.rowFirst[row] ?? 0;
  const size = Math.min(13, plan.seatSize * viewport.zoom * 0.62) * ratio;
  if (!label || size < 5.5 * ratio || end - first < 2) return;
  context.fillStyle = palette.muted;
  context.font = `600 ${size}px ${palette.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  nameEnd(context, brush, label, first, first + 1);
  nameEnd(context, brush, label, end - 1, end - 2);
}

function nameEnd(
  context: Context,
  brush: SeatBrush,
  label: string,
  at: number,
  beside: number,
): void {
  const { scene, viewport, ratio } = brush;
  const { x, y, seatSize } = scene.plan;
  const across = (x[at] ?? 0) - (x[beside] ?? 0);
  const down = (y[at] ?? 0) - (y[beside] ?? 0);
  const way = Math.hypot(across, down) || 1;
  const out = (seatSize * 0.95) / way;
  context.fillText(
    label,
    (((x[at] ?? 0) + across * out) * viewport.zoom + viewport.origin.x) * ratio,
    (((y[at] ?? 0) + down * out) * viewport.zoom + viewport.origin.y) * ratio,
  );
}
