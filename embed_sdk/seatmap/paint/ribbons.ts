/**
 * Sections as surfaces without asking for outlines: each row is a broad band along its seats, as
 * broad as the way to the next row, so the bands of a section touch and cover just what its seats do.
 * Where rows of one zone lie behind each other one shape around them is the same, and cheaper.
 */

import { type Plan, rowEnd, type Section } from "../plan/plan.ts";

/** The rows of a section that are one zone's, as lines in plan units. */
export interface Band {
  readonly zone: number;
  readonly lines: readonly Float32Array[];
  readonly path: Path2D;
}

export interface Ribbon {
  readonly bands: readonly Band[];
  /** Around all seats, on their centres; null where the rows do not lie like that. */
  readonly shape: Path2D | null;
  /** How broad the bands are, in plan units. */
  readonly breadth: number;
  /** Where the section's name stands: a seat in its middle. */
  readonly anchor: { readonly x: number; readonly y: number };
  /** The room for the name around the anchor, in plan units. */
  readonly room: { readonly width: number; readonly height: number };
}

/** A bend that is smaller than this share of a seat is drawn straight. */
const BEND = 0.4;
/** Ends of rows that are further apart than so many seats are no edge of a section. */
const APART = 8;

/** Each section's surface, made when it is asked for: 60,000 seats at once would hold the page up. */
export function ribbonsOf(plan: Plan, zoneOfCategory: Int8Array): (section: Section) => Ribbon {
  const made = new Map<number, Ribbon>();
  return (section) => {
    let ribbon = made.get(section.index);
    if (!ribbon) {
      ribbon = ribbonOf(plan, section, zoneOfCategory);
      made.set(section.index, ribbon);
    }
    return ribbon;
  };
}

function ribbonOf(plan: Plan, section: Section, zoneOfCategory: Int8Array): Ribbon {
  const lines = new Map<number, Float32Array[]>();
  for (let row = section.firstRow; row < section.endRow; row += 1) {
    for (const [zone, from, to] of runsOf(plan, row, zoneOfCategory)) {
      const own = lines.get(zone);
      const line = lineThrough(plan, from, to, plan.rowIsTable[row] === 1);
      if (own) own.push(line);
      else lines.set(zone, [line]);
    }
  }
  const bands = [...lines].map(([zone, own]) => ({ zone, lines: own, path: pathOf(own) }));
  const breadth = breadthOf(plan, section);
  const shape = bands.length === 1 ? shapeOf(plan, section) : null;
  return { bands, shape, breadth, ...middleOf(plan, section, breadth) };
}

/** Along the first row, down the right ends, back along the last row, up the left ends. */
function shapeOf(plan: Plan, section: Section): Path2D | null {
  if (section.endRow - section.firstRow < 3 || !isStacked(plan, section)) return null;
  const [top, bottom] = [section.firstRow, section.endRow - 1];
  const path = new Path2D();
  const first = lineThrough(plan, plan.rowFirst[top] ?? 0, rowEnd(plan, top), false);
  path.moveTo(first[0] ?? 0, first[1] ?? 0);
  for (let at = 2; at < first.length; at += 2) path.lineTo(first[at] ?? 0, first[at + 1] ?? 0);
  const to = (seat: number): void => path.lineTo(plan.x[seat] ?? 0, plan.y[seat] ?? 0);
  for (let row = top + 1; row <= bottom; row += 1) to(rowEnd(plan, row) - 1);
  const last = lineThrough(plan, plan.rowFirst[bottom] ?? 0, rowEnd(plan, bottom), false);
  for (let at = last.length - 4; at >= 0; at -= 2) path.lineTo(last[at] ?? 0, last[at + 1] ?? 0);
  for (let row = bottom - 1; row > top; row -= 1) to(plan.rowFirst[row] ?? 0);
  path.closePath();
  return path;
}

/** Whether each row begins and ends near where the one before does. */
function isStacked(plan: Plan, section: Section): boolean {
  const most = APART * plan.seatSize;
  for (let row = section.firstRow; row < section.endRow; row += 1) {
    if (plan.rowIsTable[row]) return false;
    if (row === section.firstRow) continue;
    const isNear =
      wayBetween(plan, plan.rowFirst[row - 1] ?? 0, plan.rowFirst[row] ?? 0) < most &&
      wayBetween(plan, rowEnd(plan, row - 1) - 1, rowEnd(plan, row) - 1) < most;
    if (!isNear) return false;
  }
  return true;
}

function wayBetween({ x, y }: Plan, one: number, other: number): number {
  return Math.hypot((x[one] ?? 0) - (x[other] ?? 0), (y[one] ?? 0) - (y[other] ?? 0));
}

/** Runs of one zone along a row: zone, first seat, seat after the last. */
function* runsOf(
  plan: Plan,
  row: number,
  zoneOfCategory: Int8Array,
): Generator<readonly [number, number, number]> {
  const end = rowEnd(plan, row);
  let from = plan.rowFirst[row] ?? end;
  let zone = zoneOfCategory[plan.category[from] ?? 255] ?? -1;
  for (let seat = from + 1; seat < end; seat += 1) {
    const own = zoneOfCategory[plan.category[seat] ?? 255] ?? -1;
    if (own === zone) continue;
    yield [zone, from, seat];
    from = seat;
    zone = own;
  }
  if (from < end) yield [zone, from, end];
}

/** The line through seats with the fewest points that show its bends (Douglas and Peucker). */
function lineThrough(plan: Plan, from: number, to: number, isRound: boolean): Float32Array {
  if (isRound) return roundLine(plan, from, to);
  const kept = [from];
  keepBends(plan, from, to - 1, plan.seatSize * BEND, kept);
  const points = new Float32Array(2 * kept.length);
  kept.forEach((seat, index) => {
    points[2 * index] = plan.x[seat] ?? 0;
    points[2 * index + 1] = plan.y[seat] ?? 0;
  });
  return points;
}

/** Adds what must be kept between two seats, and the second of them. */
function keepBends(plan: Plan, from: number, to: number, tolerance: number, kept: number[]): void {
  const [ax, ay] = [plan.x[from] ?? 0, plan.y[from] ?? 0];
  const [bx, by] = [(plan.x[to] ?? 0) - ax, (plan.y[to] ?? 0) - ay];
  const length = Math.hypot(bx, by) || 1;
  let farthest = tolerance;
  let bend = -1;
  for (let seat = from + 1; seat < to; seat += 1) {
    const off =
      Math.abs(((plan.x[seat] ?? 0) - ax) * by - ((plan.y[seat] ?? 0) - ay) * bx) / length;
    if (off > farthest) {
      farthest = off;
      bend = seat;
    }
  }
  if (bend < 0) {
    kept.push(to);
    return;
  }
  keepBends(plan, from, bend, tolerance, kept);
  keepBends(plan, bend, to, tolerance, kept);
}

function roundLine({ x, y }: Plan, from: number, to: number): Float32Array {
  const points: number[] = [];
  for (let seat = from; seat < to; seat += 1) points.push(x[seat] ?? 0, y[seat] ?? 0);
  points.push(x[from] ?? 0, y[from] ?? 0);
  return Float32Array.from(points);
}

function pathOf(lines: readonly Float32Array[]): Path2D {
  const path = new Path2D();
  for (const line of lines) {
    path.moveTo(line[0] ?? 0, line[1] ?? 0);
    for (let at = 2; at < line.length; at += 2) path.lineTo(line[at] ?? 0, line[at + 1] ?? 0);
    // A line without length is not drawn: one seat needs a little.
    if (line.length === 4 && line[0] === line[2] && line[1] === line[3]) {
      path.lineTo((line[0] ?? 0) + 0.01, line[1] ?? 0);
    }
  }
  return path;
}

/** The usual way from row to row, a little more, so that the bands leave no seam. */
function breadthOf(plan: Plan, section: Section): number {
  const ways: number[] = [];
  for (let row = section.firstRow + 1; row < section.endRow; row += 1) {
    ways.push(wayBetween(plan, middleSeat(plan, row - 1), middleSeat(plan, row)));
  }
  ways.sort((a, b) => a - b);
  const usual = ways[ways.length >> 1] ?? plan.seatSize;
  return Math.min(3 * plan.seatSize, Math.max(1.3 * plan.seatSize, 1.15 * usual));
}

function middleSeat(plan: Plan, row: number): number {
  return ((plan.rowFirst[row] ?? 0) + rowEnd(plan, row) - 1) >> 1;
}

function middleOf(plan: Plan, section: Section, breadth: number): Pick<Ribbon, "anchor" | "room"> {
  const row = (section.firstRow + section.endRow - 1) >> 1;
  const seat = middleSeat(plan, row);
  const { left, top, right, bottom } = section.box;
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  const own = { x: plan.x[seat] ?? middle.x, y: plan.y[seat] ?? middle.y };
  // The middle of the box looks best, where it lies on the seats and not inside a bend.
  const isOff = Math.hypot(own.x - middle.x, own.y - middle.y) > 2 * breadth;
  const anchor = isOff ? own : middle;
  return { anchor, room: roomAt(plan, section, anchor, breadth) };
}

/** How far the section's seats reach from the anchor to both sides, and up and down. */
function roomAt(
  plan: Plan,
  section: Section,
  anchor: { readonly x: number; readonly y: number },
  breadth: number,
): Ribbon["room"] {
  let [left, right, up, down] = [0, 0, 0, 0];
  for (let seat = section.first; seat < section.end; seat += 1) {
    const across = (plan.x[seat] ?? 0) - anchor.x;
    const along = (plan.y[seat] ?? 0) - anchor.y;
    if (Math.abs(along) < breadth) {
      left = Math.max(left, -across);
      right = Math.max(right, across);
    }
    if (Math.abs(across) < breadth) {
      up = Math.max(up, -along);
      down = Math.max(down, along);
    }
  }
  return { width: 2 * Math.min(left, right) + breadth, height: 2 * Math.min(up, down) + breadth };
}
