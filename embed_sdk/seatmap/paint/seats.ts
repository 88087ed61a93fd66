/** Near: each seat, and nearer its number and the sign of what is special about it. */

import type { Viewport } from "../geometry/viewport.ts";
import type { Box, Plan, Section } from "../plan/plan.ts";
import { rowEnd, seatLabel } from "../plan/plan.ts";
import { priceOf, type Scene } from "./scene.ts";
import { SIGNS, type Sign, type SignMasks, signOf } from "./signs.ts";
import type { Sprites } from "./sprites.ts";

type Context = CanvasRenderingContext2D;

/** From this diameter on, in CSS pixels, a price fits under the number, of at least this size. */
const PRICED_PX = 30;
const SMALLEST_PX = 7;
/** How long it may be there, in radii: inside of the pattern. */
const PRICE_BREADTH = 1.15;

export interface SeatBrush {
  readonly scene: Scene;
  readonly sprites: Sprites;
  readonly viewport: Viewport;
  /** Device pixels a CSS pixel. */
  readonly ratio: number;
  readonly hasLabels: boolean;
  readonly signs: SignMasks;
  /** By minor units, as far as they were written. */
  readonly prices: Map<number, PriceTag>;
}

interface PriceTag {
  readonly text: string;
  /** How long it is, as a multiple of its font's size. */
  readonly ems: number;
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

/** A seat's number, or the sign of what is special about it; where there is room its price below. */
function paintLabel(
  context: Context,
  brush: SeatBrush,
  seat: number,
  isFree: boolean,
  x: number,
  y: number,
): void {
  const { plan, palette } = brush.scene;
  const radius = (plan.seatSize * brush.viewport.zoom * brush.ratio) / 2;
  const sign = signOf(brush.signs, plan.attributes[seat] ?? 0);
  context.fillStyle = isFree ? palette.onZone : palette.muted;
  const isPriced = isFree && paintPrice(context, brush, seat, radius, x, y);
  const [share, up] = isPriced ? [0.8, 0.26 * radius] : [1, 0];
  if (sign) paintSign(context, sign, radius * 1.25 * share, x, y - up);
  // What is taken needs no number; it would only be noise.
  else if (isFree) {
    const label = seatLabel(plan, seat);
    const size = Math.min(0.95, 2.9 / Math.max(2, label.length)) * radius * share;
    write(context, palette.font, size, label, x, y + radius * 0.06 - up);
  }
}

/** False where it does not fit so that it can be read. */
function paintPrice(
  context: Context,
  brush: SeatBrush,
  seat: number,
  radius: number,
  x: number,
  y: number,
): boolean {
  const { scene, viewport, ratio } = brush;
  if (scene.plan.seatSize * viewport.zoom < PRICED_PX) return false;
  const price = priceOf(scene, seat);
  if (price === null) return false;
  const { text, ems } = priceTag(context, brush, price);
  const size = Math.min(0.5, PRICE_BREADTH / ems) * radius;
  if (size < SMALLEST_PX * ratio) return false;
  write(context, scene.palette.font, size, text, x, y + 0.4 * radius);
  return true;
}

/** Measured once: there are few prices, and many seats. */
function priceTag(context: Context, { scene, prices }: SeatBrush, price: number): PriceTag {
  let tag = prices.get(price);
  if (!tag) {
    const text = scene.words.shortMoney(price);
    context.font = `600 100px ${scene.palette.font}`;
    tag = { text, ems: context.measureText(text).width / 100 };
    prices.set(price, tag);
  }
  return tag;
}

function write(
  context: Context,
  font: string,
  size: number,
  text: string,
  x: number,
  y: number,
): void {
  context.font = `600 ${size}px ${font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x, y);
}

function paintSign(context: Context, sign: Sign, size: number, x: number, y: number): void {
  context.save();
  context.translate(x, y);
  context.scale(size / 24, size / 24);
  context.translate(-12, -12);
  context.strokeStyle = context.fillStyle;
  context.lineWidth = 2.4;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.stroke(SIGNS[sign]());
  context.restore();
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
