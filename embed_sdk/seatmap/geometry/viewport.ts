/**
 * Maps the plan (plan units) to the screen (CSS pixels from the map's top left corner) and back.
 * A viewport never changes; every gesture yields a new one.
 */

import type { Box } from "../plan/plan.ts";

declare const space: unique symbol;

type Point<Space extends string> = Readonly<{ x: number; y: number }> & {
  readonly [space]?: Space;
};
export type PlanPoint = Point<"plan">;
export type ScreenPoint = Point<"screen">;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Viewport {
  /** Screen pixels per plan unit. */
  readonly zoom: number;
  /** Where the plan's origin lies on the screen. */
  readonly origin: ScreenPoint;
}

/** How far one may zoom, and what must stay in sight. */
export interface Limits {
  readonly least: number;
  readonly most: number;
  readonly box: Box;
}

export function toScreen({ zoom, origin }: Viewport, point: PlanPoint): ScreenPoint {
  return { x: origin.x + point.x * zoom, y: origin.y + point.y * zoom };
}

export function toPlan({ zoom, origin }: Viewport, point: ScreenPoint): PlanPoint {
  return { x: (point.x - origin.x) / zoom, y: (point.y - origin.y) / zoom };
}

export function panBy(viewport: Viewport, dx: number, dy: number): Viewport {
  const { origin } = viewport;
  return { ...viewport, origin: { x: origin.x + dx, y: origin.y + dy } };
}

/** Zooms so that the plan point under the anchor stays under it. */
export function zoomAt(
  viewport: Viewport,
  anchor: ScreenPoint,
  factor: number,
  { least, most }: Pick<Limits, "least" | "most">,
): Viewport {
  const zoom = Math.min(most, Math.max(least, viewport.zoom * factor));
  const pinned = toPlan(viewport, anchor);
  return { zoom, origin: { x: anchor.x - pinned.x * zoom, y: anchor.y - pinned.y * zoom } };
}

/** Shows the box as large as it fits into the screen, with a margin in pixels around it. */
export function fitBox(box: Box, screen: Size, margin = 0): Viewport {
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const zoom = Math.min(
    Math.max(1, screen.width - 2 * margin) / Math.max(width, 1),
    Math.max(1, screen.height - 2 * margin) / Math.max(height, 1),
  );
  return centre({ x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 }, zoom, screen);
}

/** Shows the plan point in the middle of the screen. */
export function centre(point: PlanPoint, zoom: number, screen: Size): Viewport {
  return {
    zoom,
    origin: { x: screen.width / 2 - point.x * zoom, y: screen.height / 2 - point.y * zoom },
  };
}

/** The part of the plan that is on the screen. */
export function visibleBox(viewport: Viewport, screen: Size): Box {
  const from = toPlan(viewport, { x: 0, y: 0 } as ScreenPoint);
  const to = toPlan(viewport, { x: screen.width, y: screen.height } as ScreenPoint);
  return { left: from.x, top: from.y, right: to.x, bottom: to.y };
}

/**
 * Keeps the plan in sight: where it is smaller than the screen it stays in the middle, else no more
 * than a third of the screen may be empty beside it.
 */
export function keepInSight(viewport: Viewport, screen: Size, box: Box): Viewport {
  const { zoom, origin } = viewport;
  const along = (at: number, from: number, to: number, room: number): number => {
    const length = (to - from) * zoom;
    if (length <= room) return (room - length) / 2 - from * zoom;
    const slack = room / 3;
    return Math.min(slack - from * zoom, Math.max(room - slack - to * zoom, at));
  };
  return {
    zoom,
    origin: {
      x: along(origin.x, box.left, box.right, screen.width),
      y: along(origin.y, box.top, box.bottom, screen.height),
    },
  };
}

/** A viewport on the way from one to another; `progress` from 0 to 1. Zooms evenly for the eye. */
export function between(from: Viewport, to: Viewport, progress: number, screen: Size): Viewport {
  const eased = 1 - (1 - progress) ** 3;
  const zoom = from.zoom * (to.zoom / from.zoom) ** eased;
  const middle = { x: screen.width / 2, y: screen.height / 2 } as ScreenPoint;
  const [start, end] = [toPlan(from, middle), toPlan(to, middle)];
  // So that what ends in the middle moves there in a straight line on the screen.
  const share =
    Math.abs(to.zoom - from.zoom) < 1e-9
      ? eased
      : (1 / from.zoom - 1 / zoom) / (1 / from.zoom - 1 / to.zoom);
  const point = { x: start.x + (end.x - start.x) * share, y: start.y + (end.y - start.y) * share };
  return centre(point, zoom, screen);
}
