/** Where the arrow keys lead from a seat, and what typing "C14" means. */

import { type Plan, rowEnd, rowOf, type Section, seatLabel } from "../plan/plan.ts";
import { readingsOf } from "./typed.ts";

export type Step =
  | "left"
  | "right"
  | "up"
  | "down"
  | "far-up"
  | "far-down"
  | "row-start"
  | "row-end"
  | "first"
  | "last"
  | "next-section"
  | "previous-section";

const FAR = 5;

type IsShown = (section: Section) => boolean;

/** The seat that the step leads to; the same one where there is no way. */
export function walk(plan: Plan, from: number, step: Step, isShown: IsShown): number {
  const row = rowOf(plan, from);
  const [first, end] = [plan.rowFirst[row] ?? 0, rowEnd(plan, row)];
  switch (step) {
    case "left":
      return Math.max(first, from - 1);
    case "right":
      return Math.min(end - 1, from + 1);
    case "row-start":
      return first;
    case "row-end":
      return end - 1;
    case "up":
      return across(plan, from, row, -1);
    case "down":
      return across(plan, from, row, 1);
    case "far-up":
      return across(plan, from, row, -FAR);
    case "far-down":
      return across(plan, from, row, FAR);
    case "first":
    case "last":
      return ofSection(plan, row, step);
    default:
      return toSection(plan, row, step === "next-section" ? 1 : -1, isShown) ?? from;
  }
}

/** The seat beside in another row of the section: the nearest to this one on the plan. */
function across(plan: Plan, from: number, row: number, rows: number): number {
  const section = plan.sections[plan.rowSection[row] ?? -1];
  if (!section) return from;
  const target = Math.min(section.endRow - 1, Math.max(section.firstRow, row + rows));
  if (target === row) return from;
  const [x, y] = [plan.x[from] ?? 0, plan.y[from] ?? 0];
  let best = from;
  let nearest = Infinity;
  for (let seat = plan.rowFirst[target] ?? 0; seat < rowEnd(plan, target); seat += 1) {
    const distance = ((plan.x[seat] ?? 0) - x) ** 2 + ((plan.y[seat] ?? 0) - y) ** 2;
    if (distance < nearest) {
      nearest = distance;
      best = seat;
    }
  }
  return best;
}

function ofSection(plan: Plan, row: number, step: "first" | "last"): number {
  const section = plan.sections[plan.rowSection[row] ?? -1];
  if (!section) return plan.rowFirst[row] ?? 0;
  return step === "first" ? section.first : section.end - 1;
}

function toSection(plan: Plan, row: number, by: 1 | -1, isShown: IsShown): number | undefined {
  const own = plan.rowSection[row] ?? 0;
  for (let index = own + by; index >= 0 && index < plan.sections.length; index += by) {
    const section = plan.sections[index];
    if (section && section.first < section.end && isShown(section)) return section.first;
  }
  return undefined;
}

/**
 * The seat of this section that the typed text names (`readingsOf`); undefined where there is none
 * (yet).
 */
export function seatNamed(plan: Plan, from: number, typed: string): number | undefined {
  const own = rowOf(plan, from);
  const section = plan.sections[plan.rowSection[own] ?? -1];
  if (!section) return undefined;
  const labels = plan.rowLabels.slice(section.firstRow, section.endRow);
  for (const { row, seat } of readingsOf(typed, labels)) {
    const at = row ? labels.findIndex((label) => label.toLowerCase() === row) : -1;
    const named = seatLabelled(plan, row ? at + section.firstRow : own, seat);
    if ((at >= 0 || !row) && named !== undefined) return named;
  }
  return undefined;
}

function seatLabelled(plan: Plan, row: number, label: string): number | undefined {
  const [first, end] = [plan.rowFirst[row] ?? 0, rowEnd(plan, row)];
  if (!label) return first;
  for (let seat = first; seat < end; seat += 1) {
    if (seatLabel(plan, seat).toLowerCase() === label) return seat;
  }
  return undefined;
}
