/** Rectangles in plan units. */

import type { Box, Outline, Plan } from "../plan/plan.ts";

export const EMPTY: Box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };

export function isEmpty(box: Box): boolean {
  return box.left > box.right || box.top > box.bottom;
}

export function join(one: Box, other: Box): Box {
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

export function grow(box: Box, by: number): Box {
  return { left: box.left - by, top: box.top - by, right: box.right + by, bottom: box.bottom + by };
}

export function meets(one: Box, other: Box): boolean {
  return (
    one.left <= other.right &&
    one.right >= other.left &&
    one.top <= other.bottom &&
    one.bottom >= other.top
  );
}

export function holds(box: Box, x: number, y: number): boolean {
  return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
}

/** Whether the point is inside the corners: even-odd, as the canvas fills. */
export function isInside(outline: Outline, x: number, y: number): boolean {
  let inside = false;
  const length = outline.length;
  for (let at = 0, before = length - 2; at < length; before = at, at += 2) {
    const [ax, ay] = [outline[at] ?? 0, outline[at + 1] ?? 0];
    const [bx, by] = [outline[before] ?? 0, outline[before + 1] ?? 0];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/** Everything that is worth looking at: seats, areas and the stage, not the empty sheet around. */
export function contentBox(plan: Plan, floor: string): Box {
  const on = (own: string): boolean => !floor || !own || own === floor;
  let box = EMPTY;
  for (const section of plan.sections) {
    if (on(section.floor) && !isEmpty(section.box)) box = join(box, section.box);
  }
  for (const area of plan.areas) if (on(area.floor)) box = join(box, area.box);
  if (plan.stage && on(plan.stage.floor)) box = join(box, outlineBox(plan.stage.outline));
  if (isEmpty(box)) return { left: 0, top: 0, right: plan.width, bottom: plan.height };
  return grow(box, plan.seatSize);
}

export function outlineBox(outline: Outline): Box {
  let box = EMPTY;
  for (let at = 0; at < outline.length; at += 2) {
    const [x, y] = [outline[at] ?? 0, outline[at + 1] ?? 0];
    box = join(box, { left: x, top: y, right: x, bottom: y });
  }
  return box;
}
