/** Whether floors can be shown together. */

import type { Plan } from "../plan/plan.ts";
import { isInside } from "./boxes.ts";

/** Whether a place of one floor lies over one of another, so that they must be shown one by one. */
export function floorsOverlap(plan: Plan): boolean {
  if (plan.floors.length < 2) return false;
  const floorAt = new Map<number, string>();
  for (const section of plan.sections) {
    if (!section.floor) continue;
    for (let seat = section.first; seat < section.end; seat += 1) {
      const [x, y] = [plan.x[seat] ?? 0, plan.y[seat] ?? 0];
      const isOver = plan.areas.some(
        (area) => area.floor && area.floor !== section.floor && isInside(area.outline, x, y),
      );
      if (isOver || isTaken(floorAt, cellOf(x, y, plan.seatSize), section.floor)) return true;
    }
  }
  return false;
}

/** A seat has its cell of a seat's size; who comes from another floor finds it taken. */
function isTaken(floorAt: Map<number, string>, cell: number, floor: string): boolean {
  const other = floorAt.get(cell);
  if (other === undefined) floorAt.set(cell, floor);
  return other !== undefined && other !== floor;
}

function cellOf(x: number, y: number, size: number): number {
  return Math.floor(x / size) * 1_000_003 + Math.floor(y / size);
}
