import { describe, expect, it } from "vitest";
import { type Sight, Sights } from "../../platform/web/storefront/seating/sights.ts";

const picture = (alt: string): NonNullable<Sight["picture"]> => ({
  small: `/${alt}/480.webp`,
  large: `/${alt}/1280.webp`,
  alt,
  width: 1280,
  height: 720,
});

const sights = new Sights([
  { first: 0, end: 100, exact: false, note: "Under the balcony", picture: picture("section") },
  { first: 10, end: 20, exact: true, note: "", picture: picture("row") },
  { first: 12, end: 13, exact: true, note: "A pillar", picture: null },
]);

describe("what one sees from a place", () => {
  it("is the picture of the nearest part that has one", () => {
    expect(sights.pictureOf(5)?.alt).toBe("section");
    expect(sights.pictureOf(19)?.alt).toBe("row");
    expect(sights.pictureOf(12)?.alt).toBe("row");
    expect(sights.pictureOf(20)?.alt).toBe("section");
    expect(sights.pictureOf(100)).toBeNull();
    expect(sights.pictureOf(-1)).toBeNull();
  });

  it("is said with the seat only where it is about its row or itself", () => {
    expect(sights.notesOf(12)).toEqual(["Under the balcony", "A pillar"]);
    expect(sights.exactNotesOf(12)).toEqual(["A pillar"]);
    expect(sights.exactNotesOf(10)).toEqual([]);
  });
});
