import { describe, expect, it } from "vitest";
import { decode, decodeGently } from "../../embed_sdk/seatmap/plan/decode.ts";
import { PlanError } from "../../embed_sdk/seatmap/plan/fault.ts";
import { attributesOf, rowOf, seatLabel, sectionOf } from "../../embed_sdk/seatmap/plan/plan.ts";
import { encode, hall, twoSections } from "./support/hall.ts";

const BYTES = encode(twoSections());
const HEAD_LENGTH = new DataView(BYTES).getUint32(24, true);
const ARRAYS = 32 + HEAD_LENGTH;

/** The fault of the bytes after somebody has written into them. */
function faultOf(change: (view: DataView<ArrayBuffer>) => ArrayBuffer | undefined): PlanError {
  const copy = BYTES.slice(0);
  try {
    decode(change(new DataView(copy)) ?? copy);
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
  throw new Error("The plan was read.");
}

describe("a plan", () => {
  it("has its seats, rows and sections where they were drawn", () => {
    const plan = hall();
    expect([plan.seatCount, plan.placeCount]).toEqual([20, 30]);
    expect([...plan.x.slice(0, 5)]).toEqual([100, 150, 200, 250, 360]);
    expect(plan.y[8]).toBe(280);
    expect(plan.rowLabels[rowOf(plan, 15)]).toBe("B");
    expect(sectionOf(plan, 16)?.label).toBe("Balcony");
    expect(seatLabel(plan, 9)).toBe("2");
    expect(plan.sections[0]).toMatchObject({ first: 0, end: 16, firstRow: 0, endRow: 2 });
    expect(plan.areas[0]).toMatchObject({ first: 20, end: 30, category: 1 });
    expect(plan.sections[1]?.box).toEqual({ left: 100, top: 500, right: 250, bottom: 500 });
  });

  it("can be read twice from the same bytes", () => {
    expect(decode(BYTES)).toEqual(decode(BYTES));
  });

  it("is the same when it is read in steps", async () => {
    let pauses = 0;
    const plan = await decodeGently(BYTES, async () => {
      pauses += 1;
    });
    expect(plan).toEqual(decode(BYTES));
    expect(pauses).toBeGreaterThan(3);
    await expect(decodeGently(new ArrayBuffer(3), async () => undefined)).rejects.toThrow(
      PlanError,
    );
  });

  it("names the attributes of a seat, and takes the aisle for none", () => {
    const draft = twoSections();
    const [first, ...others] = draft.rows;
    if (!first) throw new Error("no row");
    const seats = first.seats.map((seat, index) => ({ ...seat, attributes: index ? 0 : 0x8003 }));
    const plan = hall({ ...draft, rows: [{ ...first, seats }, ...others] });
    expect(attributesOf(plan, 0)).toEqual(["wheelchair", "companion"]);
  });
});

describe("bytes that are no plan", () => {
  it.each([
    ["too short", () => new ArrayBuffer(10), 0, 10],
    ["another magic", (view: DataView) => void view.setUint8(0, 0x58), 0, 0x5846504c],
    ["a later version", (view: DataView) => void view.setUint16(4, 2, true), 4, 2],
    ["too many places", (view: DataView) => void view.setUint32(8, 200_001, true), 8, 200_001],
    ["more seats than places", (view: DataView) => void view.setUint32(12, 31, true), 12, 31],
    ["a head of odd length", (view: DataView) => void view.setUint32(24, 5, true), 24, 5],
    [
      "cut off",
      (view: DataView<ArrayBuffer>) => view.buffer.slice(0, -1),
      BYTES.byteLength,
      BYTES.byteLength - 1,
    ],
    [
      "a row before its time",
      (view: DataView) => void view.setUint32(ARRAYS + 4, 0, true),
      ARRAYS + 4,
      0,
    ],
    [
      "a section that is not there",
      (view: DataView) => void view.setUint16(ARRAYS + 12 + 240 + 4, 7, true),
      ARRAYS + 12 + 240 + 4,
      7,
    ],
    [
      "a label that is not there",
      (view: DataView) => void view.setInt32(ARRAYS + 12 + 160, 99, true),
      ARRAYS + 12 + 160,
      99,
    ],
    [
      "a category that is not there",
      (view: DataView) => void view.setUint8(ARRAYS + 12 + 240 + 6 + 40 + 3, 9),
      ARRAYS + 12 + 240 + 6 + 40 + 3,
      9,
    ],
  ] as const)("%s: the fault says where and what", (_, change, offset, value) => {
    const fault = faultOf(change as Parameters<typeof faultOf>[0]);
    expect([fault.offset, fault.value]).toEqual([offset, value]);
    expect(fault.message).toContain(`at byte ${offset}`);
  });

  it("a head that is no JSON says how it begins", () => {
    const fault = faultOf((view) => void view.setUint8(32, 0x21));
    expect(fault.value).toMatch(/^!/);
  });

  it.each([
    ["/size", { size: undefined }],
    ["/sections/0/key", { sections: [{ label: "S" }, { key: "b", label: "B" }] }],
    ["/categories/0/name", { categories: [{ key: "a", colour: "#000000" }] }],
    [
      "/areas/0/polygon/0",
      { areas: [{ key: "f", label: "F", capacity: 10, first: 20, polygon: [[1]] }] },
    ],
    ["/areas", { areas: [] }],
  ])("a head without %s names the member", (path, change) => {
    const draft = twoSections();
    const bytes = encode({ ...draft, head: { ...draft.head, ...change } });
    expect(() => decode(bytes)).toThrow(new RegExp(path.replaceAll("/", "\\/")));
  });
});
