import { describe, expect, it } from "vitest";
import type { Zone } from "../../embed_sdk/seatmap/paint/scene.ts";
import {
  attributesWanted,
  wishOf,
  zonesWanted,
} from "../../platform/web/storefront/seating/wanted.ts";

const zone = (letter: string, price: number | null): Zone => ({
  key: `zone-${letter}`,
  letter,
  name: letter,
  categories: [],
  price,
});
const ZONES = [zone("A", 7000), zone("B", 4000), zone("C", 4000), zone("D", null)];

describe("what the buyer wants to see", () => {
  it.each([
    ["", null],
    ["A", [0]],
    ["4000", [1, 2]],
    ["3999", []],
    ["7000", [0, 1, 2]],
    ["Z", []],
  ])("at the price %s is these zones", (price, zones) => {
    const wanted = zonesWanted(ZONES, price);
    expect(wanted && [...wanted]).toEqual(zones);
  });

  it("of a seat is its attribute, and a wheelchair's companions come along", () => {
    expect(attributesWanted("")).toEqual([]);
    expect(attributesWanted("hearing_loop")).toEqual(["hearing_loop"]);
    expect(attributesWanted("wheelchair")).toEqual(["wheelchair", "companion"]);
  });

  it.each([
    [{ price: "", need: "" }, {}],
    [{ price: "B", need: "" }, { zone: "zone-B" }],
    [
      { price: "4000", need: "step_free" },
      { price_most: 4000, attribute: "step_free" },
    ],
    [{ price: "", need: "wheelchair" }, { accessible: true }],
  ])("%o is asked of the server", (wanted, wish) => {
    expect(wishOf(ZONES, wanted)).toEqual(wish);
  });
});
