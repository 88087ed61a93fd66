import { describe, expect, it } from "vitest";
import { floorsOverlap } from "../../embed_sdk/seatmap/geometry/floors.ts";
import { areaAt, seatAt, sectionAt } from "../../embed_sdk/seatmap/geometry/hit.ts";
import { CLOSED, FREE, Places, SOLD } from "../../embed_sdk/seatmap/places/places.ts";
import { stretchOf, together } from "../../embed_sdk/seatmap/places/together.ts";
import { seatNamed, walk } from "../../embed_sdk/seatmap/places/walk.ts";
import { hall, twoSections } from "./support/hall.ts";

const PLAN = hall();
const everywhere = (): boolean => true;

describe("pointing", () => {
  it("finds the nearest seat within reach, and none beyond", () => {
    expect(seatAt(PLAN, { x: 155, y: 205 }, 25, everywhere)).toBe(1);
    expect(seatAt(PLAN, { x: 176, y: 200 }, 30, everywhere)).toBe(2);
    expect(seatAt(PLAN, { x: 155, y: 240 }, 25, everywhere)).toBe(-1);
  });

  it("does not see a floor that is not shown", () => {
    const upstairs = ({ floor }: { readonly floor: string }): boolean => floor === "up";
    expect(seatAt(PLAN, { x: 155, y: 205 }, 25, upstairs)).toBe(-1);
    expect(sectionAt(PLAN, { x: 155, y: 500 }, 40, upstairs)?.label).toBe("Balcony");
  });

  it("finds the area that a point is in", () => {
    expect(areaAt(PLAN, { x: 700, y: 700 }, everywhere)?.key).toBe("floor");
    expect(areaAt(PLAN, { x: 500, y: 700 }, everywhere)).toBeUndefined();
  });
});

describe("sitting together", () => {
  const all = (): boolean => true;

  it("ends at an aisle", () => {
    expect(stretchOf(PLAN, 2)).toEqual({ first: 0, end: 4 });
    expect(stretchOf(PLAN, 5)).toEqual({ first: 4, end: 8 });
  });

  it("takes seats around the one that was meant, and leaves no single one", () => {
    expect(together(PLAN, 1, 2, all)).toEqual([0, 1]);
    expect(together(PLAN, 2, 2, all)).toEqual([2, 3]);
    expect(together(PLAN, 0, 3, all)).toEqual([0, 1, 2]);
  });

  it("gives fewer where there are not so many, and none where the seat is taken", () => {
    expect(together(PLAN, 1, 6, all)).toEqual([0, 1, 2, 3]);
    expect(together(PLAN, 1, 2, (ordinal) => ordinal === 1)).toEqual([1]);
    expect(together(PLAN, 1, 2, (ordinal) => ordinal !== 1)).toEqual([]);
  });

  it("takes a table as one round", () => {
    const draft = twoSections();
    const [first, ...others] = draft.rows;
    if (!first) throw new Error("no row");
    const table = {
      key: "t",
      label: "1",
      shape: "round",
      position: [300, 300],
      width: 80,
      height: 80,
    };
    const plan = hall({
      ...draft,
      rows: [{ ...first, isTable: true }, ...others],
      head: { ...draft.head, tables: [table] },
    });
    expect(stretchOf(plan, 5)).toEqual({ first: 0, end: 8 });
  });
});

describe("walking", () => {
  it("goes along the row and stays in it", () => {
    expect(walk(PLAN, 3, "right", everywhere)).toBe(4);
    expect(walk(PLAN, 7, "right", everywhere)).toBe(7);
    expect(walk(PLAN, 12, "row-start", everywhere)).toBe(8);
    expect(walk(PLAN, 12, "row-end", everywhere)).toBe(15);
  });

  it("goes to the nearest seat of the next row, inside the section", () => {
    expect(walk(PLAN, 5, "down", everywhere)).toBe(13);
    expect(walk(PLAN, 13, "down", everywhere)).toBe(13);
    expect(walk(PLAN, 13, "far-up", everywhere)).toBe(5);
  });

  it("goes to another section, where that is shown", () => {
    expect(walk(PLAN, 5, "next-section", everywhere)).toBe(16);
    expect(walk(PLAN, 16, "previous-section", everywhere)).toBe(0);
    expect(walk(PLAN, 5, "next-section", ({ floor }) => floor === "ground")).toBe(5);
  });

  it.each([
    ["b", 8],
    ["B3", 10],
    ["b-3", 10],
    ["4", 3],
    ["z", undefined],
    ["b99", undefined],
    ["-", 0],
  ])("takes %s typed in row A for %s", (typed, seat) => {
    expect(seatNamed(PLAN, 2, typed)).toBe(seat);
  });
});

describe("typing", () => {
  it("finds rows that letters and digits name", () => {
    const draft = twoSections();
    const rows = draft.rows.map((row, index) => ({
      ...row,
      label: ["A1", "A", "1A"][index] ?? "",
    }));
    const plan = hall({ ...draft, rows });
    expect(seatNamed(plan, 0, "a1")).toBe(0);
    expect(seatNamed(plan, 0, "a13")).toBe(2);
    expect(seatNamed(plan, 0, "a-3")).toBe(10);
    expect(seatNamed(plan, 16, "1a2")).toBe(17);
  });
});

describe("places", () => {
  const places = (): Places => {
    const own = new Places(PLAN);
    own.load(new Uint8Array(PLAN.placeCount));
    return own;
  };

  it("are closed until somebody says otherwise", () => {
    const unknown = new Places(PLAN);
    expect(unknown.look(0)).toBe("closed");
    unknown.load(new Uint8Array(5));
    expect([unknown.look(0), unknown.look(6)]).toEqual(["free", "closed"]);
  });

  it("count what is free as it changes", () => {
    const own = places();
    expect([...own.freeBySection, ...own.freeByArea]).toEqual([16, 4, 10]);
    const changed = own.apply([
      [0, SOLD],
      [0, SOLD],
      [17, SOLD],
      [25, CLOSED],
      [99, SOLD],
    ]);
    expect(changed).toEqual([0, 17, 25]);
    expect([...own.freeBySection, ...own.freeByArea]).toEqual([15, 3, 9]);
    own.apply([[0, FREE]]);
    expect(own.freeBySection[0]).toBe(16);
  });

  it("show what is mine whatever others see, and never filter it out", () => {
    const own = places();
    own.apply([[3, 1]]);
    own.setMine([3], true);
    own.filter({ wantsCategory: (category) => category === 1, attributes: 0 });
    expect([own.look(3), own.look(4), own.look(16)]).toEqual(["mine", "out", "free"]);
    expect(own.isOpen(4)).toBe(false);
    expect(own.countOpen(0, 16)).toBe(0);
    own.filter(null);
    expect(own.look(4)).toBe("free");
  });

  it("filter by attribute, areas too", () => {
    const own = places();
    own.filter({ wantsCategory: () => true, attributes: 1 });
    expect([own.look(0), own.look(22)]).toEqual(["out", "out"]);
  });
});

describe("floors", () => {
  it("beside each other are shown together", () => {
    expect(floorsOverlap(PLAN)).toBe(false);
  });

  it("over each other are not", () => {
    const draft = twoSections();
    const rows = draft.rows.map((row) => ({
      ...row,
      seats: row.seats.map((seat) => (row.section ? { ...seat, y: 200 } : seat)),
    }));
    expect(floorsOverlap(hall({ ...draft, rows }))).toBe(true);
  });
});
