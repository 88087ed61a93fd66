import { describe, expect, it } from "vitest";
import { pitchOf } from "../../embed_sdk/seatmap/geometry/pitch.ts";
import { type ScreenPoint, toScreen } from "../../embed_sdk/seatmap/geometry/viewport.ts";
import { Aim, type Meant } from "../../embed_sdk/seatmap/gestures/aim.ts";
import type { Plan } from "../../embed_sdk/seatmap/plan/plan.ts";
import { View } from "../../embed_sdk/seatmap/view.ts";
import { hall, twoSections } from "./support/hall.ts";

const PLAN = hall();

/** A view of the plan whose seats are 50 units apart, at so many pixels from one to the next. */
function start(pitchPx: number, side = 400): { aim: Aim; at: (seat: number) => ScreenPoint } {
  const view = new View(PLAN, () => true);
  view.resize({ width: side, height: side });
  view.goTo({ x: 200, y: 240 }, (pitchPx * PLAN.seatSize) / 50);
  const at = (seat: number): ScreenPoint =>
    toScreen(view.viewport, { x: PLAN.x[seat] ?? 0, y: PLAN.y[seat] ?? 0 });
  return { aim: new Aim({ plan: PLAN, floor: "" }, view), at };
}

function sectionOf(plan: Plan, index: number) {
  const section = plan.sections[index];
  if (!section) throw new Error("no section");
  return section;
}

describe("how close seats lie", () => {
  it("is the least way between two of a section, in a row or across", () => {
    expect(pitchOf(PLAN, sectionOf(PLAN, 0))).toBe(50);
    const draft = twoSections();
    const close = draft.rows.map((row) => ({
      ...row,
      seats: row.seats.map((seat) => (row.label === "B" ? { ...seat, y: 230 } : seat)),
    }));
    expect(pitchOf(hall({ ...draft, rows: close }), sectionOf(PLAN, 0))).toBe(30);
  });

  it("asks for no end of zoom where seats lie over each other", () => {
    const draft = twoSections();
    const rows = draft.rows.map((row) => ({
      ...row,
      seats: row.seats.map((seat) => ({ ...seat, x: 100 + seat.x / 1000 })),
    }));
    expect(pitchOf(hall({ ...draft, rows }), sectionOf(PLAN, 0))).toBe(21);
  });
});

describe("what a pointer means", () => {
  it("is a seat for a finger only where the next one is 24 pixels away", () => {
    const far = start(23);
    const meant = far.aim.meant(far.at(10), true);
    expect(meant).toMatchObject({ nearer: sectionOf(PLAN, 0).box });
    // It leads to where a finger can point.
    const { seatPx } = meant as Extract<Meant, { seatPx: number }>;
    const near = start((seatPx * 50) / PLAN.seatSize);
    expect(near.aim.meant(near.at(10), true)).toEqual({ seat: 10 });
    expect(near.aim.meant({ x: near.at(10).x + 11, y: near.at(10).y }, true)).toEqual({ seat: 10 });
  });

  it("is a seat for a mouse before that, and for neither one where they are dots", () => {
    const near = start(12);
    expect(near.aim.meant(near.at(10), false)).toEqual({ seat: 10 });
    const far = start(5, 100);
    expect(far.aim.meant(far.at(10), false)).toMatchObject({ seatPx: 15 });
    expect(far.aim.seatUnder(far.at(10))).toBe(-1);
  });

  it("is an area, shown first to a finger that would hit a dot", () => {
    const draft = twoSections();
    const dot = [
      [700, 100],
      [740, 100],
      [740, 140],
      [700, 140],
    ];
    const areas = draft.head["areas"] as object[];
    const plan = hall({
      ...draft,
      head: { ...draft.head, areas: areas.map((area) => ({ ...area, polygon: dot })) },
    });
    const view = new View(plan, () => true);
    view.resize({ width: 400, height: 400 });
    const aim = new Aim({ plan, floor: "" }, view);
    const at = (): ScreenPoint => toScreen(view.viewport, { x: 720, y: 120 });
    expect(aim.meant(at(), false)).toEqual({ area: plan.areas[0] });
    const meant = aim.meant(at(), true) as Extract<Meant, { seatPx: number }>;
    view.goToBox(meant.nearer, meant.seatPx);
    expect(40 * view.viewport.zoom).toBeGreaterThanOrEqual(24);
    expect(aim.meant(at(), true)).toEqual({ area: plan.areas[0] });
  });

  it("is nothing beside all that", () => {
    const { aim } = start(30);
    expect(aim.meant({ x: 399, y: 1 }, true)).toBeNull();
  });
});
