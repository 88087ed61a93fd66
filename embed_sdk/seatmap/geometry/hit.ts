/**
 * What lies under a point. Rows are the index: a plan has some thousands, each with its box, and of
 * those that hold the point only the seats are looked at. 60,000 seats: some microseconds.
 */

import { type Area, type Plan, rowEnd, type Section } from "../plan/plan.ts";
import { grow, holds, isEmpty, isInside } from "./boxes.ts";
import type { PlanPoint } from "./viewport.ts";

interface Nearest {
  seat: number;
  /** The square of the way to it, in plan units. */
  way: number;
}

/** The seat whose centre is nearest to the point and within `reach` plan units, or -1. */
export function seatAt(
  plan: Plan,
  { x, y }: PlanPoint,
  reach: number,
  isShown: (section: Section) => boolean,
): number {
  const nearest: Nearest = { seat: -1, way: reach * reach };
  for (const section of plan.sections) {
    if (!isShown(section) || !holds(grow(section.box, reach), x, y)) continue;
    for (let row = section.firstRow; row < section.endRow; row += 1) {
      if (rowHolds(plan, row, x, y, reach)) lookAlong(plan, row, x, y, nearest);
    }
  }
  return nearest.seat;
}

function lookAlong(plan: Plan, row: number, x: number, y: number, nearest: Nearest): void {
  const end = rowEnd(plan, row);
  for (let seat = plan.rowFirst[row] ?? end; seat < end; seat += 1) {
    const way = ((plan.x[seat] ?? 0) - x) ** 2 + ((plan.y[seat] ?? 0) - y) ** 2;
    if (way < nearest.way) {
      nearest.way = way;
      nearest.seat = seat;
    }
  }
}

function rowHolds({ rowBoxes }: Plan, row: number, x: number, y: number, reach: number): boolean {
  const at = 4 * row;
  return (
    x >= (rowBoxes[at] ?? 0) - reach &&
    y >= (rowBoxes[at + 1] ?? 0) - reach &&
    x <= (rowBoxes[at + 2] ?? 0) + reach &&
    y <= (rowBoxes[at + 3] ?? 0) + reach
  );
}

/** The area that the point is in; of two over each other the later one, which is drawn above. */
export function areaAt(
  plan: Plan,
  { x, y }: PlanPoint,
  isShown: (area: Area) => boolean,
): Area | undefined {
  return plan.areas.findLast(
    (area) => isShown(area) && holds(area.box, x, y) && isInside(area.outline, x, y),
  );
}

/** The section that the point is in, or nearest to within `reach`. */
export function sectionAt(
  plan: Plan,
  point: PlanPoint,
  reach: number,
  isShown: (section: Section) => boolean,
): Section | undefined {
  const { x, y } = point;
  const outlined = plan.sections.find(
    (section) => isShown(section) && section.outline !== null && isInside(section.outline, x, y),
  );
  if (outlined) return outlined;
  const seat = seatAt(plan, point, reach, (section) => isShown(section) && !isEmpty(section.box));
  return plan.sections.find((section) => seat >= section.first && seat < section.end);
}
