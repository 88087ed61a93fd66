/** Nearer: rows as bands of what can be had and what cannot. */

import type { Look } from "../places/places.ts";
import { type Plan, rowEnd, type Section } from "../plan/plan.ts";
import type { Scene } from "./scene.ts";

type Context = CanvasRenderingContext2D;

/** By style: how broad a band is, as a share of a seat. What is taken is thin: told apart by form. */
const BREADTH: Record<Look, number> = { free: 0.86, mine: 1.1, taken: 0.3, closed: 0.16, out: 0.3 };

/** A row that turns less than this between two seats is straight there: the sine of the angle. */
const BEND = 0.02;

interface Band {
  readonly path: Path2D;
  readonly look: Look;
  readonly zone: number;
}

/**
 * In plan units. One surface for each style of the section: strokes of as many short lines take a
 * machine without a graphics card four times as long.
 */
export function paintRows(context: Context, scene: Scene, section: Section): void {
  const bands = new Map<string, Band>();
  for (let row = section.firstRow; row < section.endRow; row += 1) addRuns(bands, scene, row);
  for (const { path, look, zone } of bands.values()) {
    context.fillStyle = colourOf(scene, look, zone);
    context.fill(path);
  }
}

export function colourOf({ palette }: Scene, look: Look, zone: number): string {
  if (look === "free") return palette.zones[zone] ?? palette.taken;
  if (look === "mine") return palette.mine;
  return look === "taken" ? palette.taken : palette.line;
}

function addRuns(bands: Map<string, Band>, scene: Scene, row: number): void {
  const { plan, places } = scene;
  const end = rowEnd(plan, row);
  const first = plan.rowFirst[row] ?? end;
  let seat = first;
  while (seat < end) {
    const look = places.look(seat);
    const zone = scene.zoneOfCategory[plan.category[seat] ?? 255] ?? -1;
    const from = seat;
    do seat += 1;
    while (seat < end && continues(scene, seat, look, zone));
    const key = look === "free" ? `free${zone}` : look;
    let band = bands.get(key);
    if (!band) {
      band = { path: new Path2D(), look, zone };
      bands.set(key, band);
    }
    addRun(band.path, plan, { first, from, last: seat - 1, end }, plan.seatSize * BREADTH[look]);
  }
}

/** Whether the seat is of the run before it: the same style, and no aisle between them. */
function continues(
  { plan, places, zoneOfCategory }: Scene,
  seat: number,
  look: Look,
  zone: number,
): boolean {
  return (
    (plan.attributes[seat] ?? 0) < 0x8000 &&
    places.look(seat) === look &&
    (look !== "free" || zoneOfCategory[plan.category[seat] ?? 255] === zone)
  );
}

/** A direction, of length 1. */
type Way = readonly [x: number, y: number];

/** A run of a row: its first and last seat, between those of the row. */
interface Run {
  readonly first: number;
  readonly from: number;
  readonly last: number;
  readonly end: number;
}

/** Goes along one side of the run and back along the other, half a breadth beyond its ends. */
function addRun(path: Path2D, plan: Plan, run: Run, breadth: number): void {
  const half = breadth / 2;
  const back: number[] = [];
  const turn = (seat: number, [ux, uy]: Way, along: number): void => {
    const x = (plan.x[seat] ?? 0) + ux * along;
    const y = (plan.y[seat] ?? 0) + uy * along;
    if (back.length) path.lineTo(x - uy * half, y + ux * half);
    else path.moveTo(x - uy * half, y + ux * half);
    back.push(x + uy * half, y - ux * half);
  };
  let way = wayAt(plan, run, run.from);
  turn(run.from, way, -half);
  for (let seat = run.from + 1; seat < run.last; seat += 1) {
    const next = wayAt(plan, run, seat);
    if (Math.abs(way[0] * next[1] - way[1] * next[0]) < BEND) continue;
    way = next;
    turn(seat, way, 0);
  }
  turn(run.last, wayAt(plan, run, run.last), half);
  // Not closed: filling does it, and asking for it is dear.
  for (let at = back.length - 2; at >= 0; at -= 2) path.lineTo(back[at] ?? 0, back[at + 1] ?? 0);
}

/** Which way the row goes at a seat: from the seat before it to the one after it. */
function wayAt({ x, y }: Plan, { first, end }: Run, seat: number): Way {
  const [from, to] = [Math.max(first, seat - 1), Math.min(end - 1, seat + 1)];
  const [dx, dy] = [(x[to] ?? 0) - (x[from] ?? 0), (y[to] ?? 0) - (y[from] ?? 0)];
  const way = Math.hypot(dx, dy);
  return way ? [dx / way, dy / way] : [1, 0];
}
