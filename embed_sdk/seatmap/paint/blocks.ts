/** Far away: sections and areas as surfaces that say how much is free, and at what price. */

import { toScreen, type Viewport } from "../geometry/viewport.ts";
import type { Area, Section } from "../plan/plan.ts";
import { trace } from "./drawn.ts";
import { type Scene, zonesOf } from "./scene.ts";

type Context = CanvasRenderingContext2D;

// A section that is nearly sold is as pale as this; a sold one is grey.
const PALEST = 0.5;
const SMALLEST_PX = 9;
// What is sold out is thin lines where the rest is a surface: told apart by form too.
const SOLD_BREADTH = 0.3;

/** In plan units. */
export function paintBlock(context: Context, scene: Scene, section: Section): void {
  const ribbon = scene.ribbonOf(section);
  const free = scene.places.freeBySection[section.index] ?? 0;
  const open = openOf(scene, section, free);
  context.lineWidth = free ? ribbon.breadth : ribbon.breadth * SOLD_BREADTH;
  if (ribbon.shape && free) {
    dip(context, scene, ribbon.bands[0]?.zone ?? -1, open, section);
    context.lineJoin = "miter";
    context.miterLimit = 3;
    context.fill(ribbon.shape);
    context.stroke(ribbon.shape);
    return;
  }
  context.lineCap = "square";
  context.lineJoin = "bevel";
  for (const band of ribbon.bands) {
    dip(context, scene, band.zone, open, section);
    context.stroke(band.path);
  }
}

/** In plan units. */
export function paintArea(context: Context, scene: Scene, area: Area, index: number): void {
  const open = openOf(scene, area, scene.places.freeByArea[index] ?? 0);
  context.beginPath();
  trace(context, area.outline);
  dip(context, scene, scene.zoneOfCategory[area.category] ?? -1, open, area);
  context.fill();
}

/** Takes the zone's colour, the paler the less is free. Opaque: what overlaps shows no seam. */
function dip(
  context: Context,
  { palette }: Scene,
  zone: number,
  open: number,
  { first, end }: { readonly first: number; readonly end: number },
): void {
  const colour = palette.zones[zone];
  const paint = (style: string): void => {
    context.fillStyle = style;
    context.strokeStyle = style;
  };
  if (!open || !colour) {
    paint(palette.line);
    return;
  }
  // A browser that cannot mix ignores the second one.
  paint(colour);
  const share = PALEST + (1 - PALEST) * Math.sqrt(open / Math.max(1, end - first));
  if (share < 0.98)
    paint(`color-mix(in srgb, ${colour} ${Math.round(100 * share)}%, ${palette.ground})`);
}

function openOf(
  scene: Scene,
  { first, end }: { first: number; end: number },
  free: number,
): number {
  return scene.places.isFiltered && free ? scene.places.countOpen(first, end) : free;
}

interface Sign {
  readonly name: string;
  readonly lines: readonly string[];
  /** Of the surface that it stands on; "" for a grey one. */
  readonly colour: string;
}

/**
 * Signs of sections, on the screen: the context is not scaled. Where one whole name does not fit, all
 * are called by their last words ("101" of "South 101").
 */
export function* paintBlockSigns(
  context: Context,
  scene: Scene,
  sections: readonly Section[],
  viewport: Viewport,
): Generator<void> {
  context.font = `700 ${SMALLEST_PX}px ${scene.palette.font}`;
  const isShort = sections.some((section) => {
    const room = scene.ribbonOf(section).room.width * viewport.zoom;
    return context.measureText(section.label).width > room - 2;
  });
  yield;
  for (const section of sections) {
    paintBlockSign(context, scene, section, viewport, isShort);
    yield;
  }
}

function paintBlockSign(
  context: Context,
  scene: Scene,
  section: Section,
  viewport: Viewport,
  isShort: boolean,
): void {
  const ribbon = scene.ribbonOf(section);
  const free = scene.places.freeBySection[section.index] ?? 0;
  const open = openOf(scene, section, free);
  const room = {
    width: ribbon.room.width * viewport.zoom,
    height: ribbon.room.height * viewport.zoom,
  };
  const prices = zonesOf(scene, section).flatMap(({ price }) => (price === null ? [] : [price]));
  paintSign(context, scene, toScreen(viewport, ribbon.anchor), room, {
    name: (isShort && section.label.split(" ").at(-1)) || section.label,
    lines: linesOf(scene, free, open, prices),
    colour: (open && scene.palette.zones[ribbon.bands[0]?.zone ?? -1]) || "",
  });
}

export function paintAreaSign(
  context: Context,
  scene: Scene,
  area: Area,
  index: number,
  viewport: Viewport,
): void {
  const { box } = area;
  const free = scene.places.freeByArea[index] ?? 0;
  const open = openOf(scene, area, free);
  const zone = scene.zones[scene.zoneOfCategory[area.category] ?? -1];
  const middle = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
  const room = {
    width: (box.right - box.left) * viewport.zoom,
    height: (box.bottom - box.top) * viewport.zoom,
  };
  const prices = zone?.price == null ? [] : [zone.price];
  paintSign(context, scene, toScreen(viewport, middle), room, {
    name: area.label,
    lines: linesOf(scene, free, open, prices),
    colour: (open && scene.palette.zones[scene.zoneOfCategory[area.category] ?? -1]) || "",
  });
}

/** What is said under the name; nothing of what is free and only filtered out. */
function linesOf(
  { words }: Scene,
  free: number,
  open: number,
  prices: readonly number[],
): string[] {
  if (!free) return [words.soldOut];
  if (!open) return [];
  const least = Math.min(...prices);
  const price = prices.length
    ? prices.some((each) => each !== least)
      ? words.from(words.money(least))
      : words.money(least)
    : "";
  return price ? [price, words.free(open)] : [words.free(open)];
}

function paintSign(
  context: Context,
  { palette }: Scene,
  at: { readonly x: number; readonly y: number },
  room: { readonly width: number; readonly height: number },
  sign: Sign,
): void {
  const size = Math.max(SMALLEST_PX, Math.min(14, room.height / 4, room.width / 5));
  const fonts = [`700 ${size}px ${palette.font}`, `500 ${size * 0.92}px ${palette.font}`] as const;
  const breadth = room.width - 2;
  context.font = fonts[0];
  const { name } = sign;
  if (room.height < size || context.measureText(name).width > breadth) return;
  context.font = fonts[1];
  const many = room.height > 3.4 * size ? 2 : room.height > 2.3 * size ? 1 : 0;
  const lines = sign.lines
    .slice(0, many)
    .filter((line) => context.measureText(line).width <= breadth);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = size / 3;
  // A rim of the full colour: what is written stays readable where the surface is pale.
  context.strokeStyle = sign.colour || palette.line;
  context.fillStyle = sign.colour ? palette.onZone : palette.muted;
  [name, ...lines].forEach((line, index) => {
    const y = at.y + (index - lines.length / 2) * size * 1.15;
    context.font = fonts[index ? 1 : 0];
    context.strokeText(line, at.x, y);
    context.fillText(line, at.x, y);
  });
}
