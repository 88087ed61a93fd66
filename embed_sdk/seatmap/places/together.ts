/**
 * Seats side by side around one that was pointed at. The server has the last word (`docs/seat-rules.md`);
 * this finds what it will not refuse, where there is such a choice.
 */

import { AISLE, type Plan, rowEnd, rowOf } from "../plan/plan.ts";

/** The seats of the stretch around this one: of its row from aisle to aisle, or of its table. */
export function stretchOf(plan: Plan, ordinal: number): { first: number; end: number } {
  const row = rowOf(plan, ordinal);
  const [from, to] = [plan.rowFirst[row] ?? 0, rowEnd(plan, row)];
  if (plan.rowIsTable[row]) return { first: from, end: to };
  let first = ordinal;
  while (first > from && !((plan.attributes[first] ?? 0) & AISLE)) first -= 1;
  let end = ordinal + 1;
  while (end < to && !((plan.attributes[end] ?? 0) & AISLE)) end += 1;
  return { first, end };
}

/**
 * `count` open seats side by side, the wanted one among them; fewer where there are not so many.
 * Of several such runs the one that leaves the fewest single seats, then the one whose middle is
 * nearest to the wanted seat.
 */
export function together(
  plan: Plan,
  ordinal: number,
  count: number,
  isOpen: (ordinal: number) => boolean,
): number[] {
  if (!isOpen(ordinal)) return [];
  const stretch = stretchOf(plan, ordinal);
  let first = ordinal;
  while (first > stretch.first && isOpen(first - 1)) first -= 1;
  let end = ordinal + 1;
  while (end < stretch.end && isOpen(end)) end += 1;
  if (end - first <= count) return range(first, end);
  let best = first;
  let least = Infinity;
  const from = Math.max(first, ordinal - count + 1);
  const to = Math.min(ordinal, end - count);
  for (let start = from; start <= to; start += 1) {
    const singles = Number(start - first === 1) + Number(end - start - count === 1);
    const off = Math.abs(start + (count - 1) / 2 - ordinal);
    const cost = singles * 1000 + off;
    if (cost < least) {
      least = cost;
      best = start;
    }
  }
  return range(best, best + count);
}

function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}
