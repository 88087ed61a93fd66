/** Nearer: rows as bands of what can be had and what cannot. */

import type { Look } from "../places/places.ts";
import { type Plan, rowEnd, type Section } from "../plan/plan.ts";
import type { Scene } from "./scene.ts";

type Context = CanvasRenderingContext2D;

/** By style: how broad a band is, as a share of a seat. What is taken is thin: told apart by form. */
const BREADTH: Record<Look, number> = { free: 0.86, mine: 1.1, taken: 0.3, closed: 0.16, out: 0.3 };

/** In plan units. One stroke for each style of the section. */
export function paintRows(context: Context, scene: Scene, section: Section): void {
  const paths = new Map<
    string,
    { readonly path: Path2D; readonly look: Look; readonly zone: number }
  >();
  for (let row = section.firstRow; row < section.endRow; row += 1) addRuns(paths, scene, row);
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const { path, look, zone } of paths.values()) {
    context.lineWidth = scene.plan.seatSize * BREADTH[look];
    context.strokeStyle = colourOf(scene, look, zone);
    context.stroke(path);
  }
}

export function colourOf({ palette }: Scene, look: Look, zone: number): string {
  if (look === "free") return palette.zones[zone] ?? palette.taken;
  if (look === "mine") return palette.mine;
  return look === "taken" ? palette.taken : palette.line;
}

function addRuns(
  paths: Map<string, { readonly path: Path2D; readonly look: Look; readonly zone: number }>,
  scene: Scene,
  row: number,
): void {
  const { plan, places } = scene;
  const end = rowEnd(plan, row);
  let seat = plan.rowFirst[row] ?? end;
  while (seat < end) {
    const look = places.look(seat);
    const zone = scene.zoneOfCategory[plan.category[seat] ?? 255] ?? -1;
    const from = seat;
    do seat += 1;
    while (seat < end && continues(scene, seat, look, zone));
    const key = look === "free" ? `free${zone}` : look;
    let style = paths.get(key);
    if (!style) {
      style = { path: new Path2D(), look, zone };
      paths.set(key, style);
    }
    addRun(style.path, plan, from, seat);
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

function addRun(path: Path2D, { x, y }: Plan, from: number, end: number): void {
  path.moveTo(x[from] ?? 0, y[from] ?? 0);
  // A line without length has no round ends: it needs a little.
  if (end - from === 1) path.lineTo((x[from] ?? 0) + 0.01, y[from] ?? 0);
  for (let seat = from + 1; seat < end; seat += 1) path.lineTo(x[seat] ?? 0, y[seat] ?? 0);
}
