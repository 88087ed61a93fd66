import { describe, expect, it } from "vitest";
import {
  between,
  centre,
  fitBox,
  keepInSight,
  toPlan,
  toScreen,
  visibleBox,
  zoomAt,
} from "../../embed_sdk/seatmap/geometry/viewport.ts";

const SCREEN = { width: 400, height: 300 };
const BOX = { left: 0, top: 0, right: 1000, bottom: 1000 };
const LIMITS = { least: 0.1, most: 4 };

describe("a viewport", () => {
  it("maps to the screen and back", () => {
    const viewport = { zoom: 0.5, origin: { x: 20, y: 30 } };
    const point = { x: 100, y: 80 };
    expect(toScreen(viewport, point)).toEqual({ x: 70, y: 70 });
    expect(toPlan(viewport, toScreen(viewport, point))).toEqual(point);
  });

  it("zooms around the point under the finger, within its limits", () => {
    const viewport = { zoom: 1, origin: { x: 0, y: 0 } };
    const anchor = { x: 120, y: 40 };
    const nearer = zoomAt(viewport, anchor, 2, LIMITS);
    expect(toPlan(nearer, anchor)).toEqual(toPlan(viewport, anchor));
    expect(zoomAt(viewport, anchor, 100, LIMITS).zoom).toBe(4);
    expect(zoomAt(viewport, anchor, 0.001, LIMITS).zoom).toBe(0.1);
  });

  it("fits a box whole into the screen", () => {
    const seen = visibleBox(fitBox(BOX, SCREEN, 10), SCREEN);
    expect(seen.top).toBeCloseTo(-35.71, 1);
    expect(seen.bottom).toBeCloseTo(1035.71, 1);
    expect(seen.left).toBeLessThan(0);
  });

  it("keeps a small plan in the middle, and a large one in sight", () => {
    const small = keepInSight({ zoom: 0.1, origin: { x: 999, y: 999 } }, SCREEN, BOX);
    expect(small.origin).toEqual({ x: 150, y: 100 });
    const large = keepInSight({ zoom: 1, origin: { x: 5000, y: -5000 } }, SCREEN, BOX);
    expect(large.origin.x).toBeCloseTo(400 / 3);
    expect(large.origin.y).toBeCloseTo(300 - 100 - 1000);
  });

  it("flies from one to the other without a jump", () => {
    const [from, to] = [fitBox(BOX, SCREEN), centre({ x: 900, y: 100 }, 2, SCREEN)];
    expect(between(from, to, 0, SCREEN).zoom).toBeCloseTo(from.zoom);
    const end = between(from, to, 1, SCREEN);
    expect([end.zoom, end.origin.x, end.origin.y]).toEqual([
      expect.closeTo(to.zoom),
      expect.closeTo(to.origin.x),
      expect.closeTo(to.origin.y),
    ]);
    const zooms = [0, 0.25, 0.5, 0.75, 1].map((part) => between(from, to, part, SCREEN).zoom);
    expect([...zooms].sort((a, b) => a - b)).toEqual(zooms);
  });

  it("flies along at the same zoom", () => {
    const [from, to] = [centre({ x: 0, y: 0 }, 1, SCREEN), centre({ x: 100, y: 0 }, 1, SCREEN)];
    expect(toPlan(between(from, to, 1, SCREEN), { x: 200, y: 150 })).toEqual({ x: 100, y: 0 });
  });
});
