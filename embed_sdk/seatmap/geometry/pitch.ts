/** How close together seats lie: what a finger can tell apart depends on it, not on their size. */

import { type Plan, rowEnd, type Section } from "../plan/plan.ts";

/** A plan with seats over each other asks for no more than this share of a seat. */
const LEAST_SEATS = 0.5;

/** The least way between two neighbours of the section, in a row or from row to row, in plan units. */
export function pitchOf(plan: Plan, section: Section): number {
  let least = Infinity;
  for (let row = section.firstRow; row < section.endRow; row += 1) {
    const [first, end] = [plan.rowFirst[row] ?? 0, rowEnd(plan, row)];
    for (let seat = first + 1; seat < end; seat += 1) least = nearer(plan, seat - 1, seat, least);
    if (row + 1 < section.endRow) least = toNextRow(plan, row, least);
  }
  return least === Infinity ? plan.seatSize : Math.max(LEAST_SEATS * plan.seatSize, least);
}

/** From a row's ends and its middle to the next one: rows lie alike in between. */
function toNextRow(plan: Plan, row: number, least: number): number {
  const [first, end] = [plan.rowFirst[row] ?? 0, rowEnd(plan, row)];
  let found = least;
  for (const from of [first, (first + end) >> 1, end - 1]) {
    for (let seat = end; seat < rowEnd(plan, row + 1); seat += 1) {
      found = nearer(plan, from, seat, found);
    }
  }
  return found;
}

function nearer({ x, y }: Plan, one: number, other: number, least: number): number {
  const way = Math.hypot((x[one] ?? 0) - (x[other] ?? 0), (y[one] ?? 0) - (y[other] ?? 0));
  return way > 0 && way < least ? way : least;
}
