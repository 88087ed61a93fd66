import { describe, expect, it } from "vitest";
import { readingsOf } from "../../embed_sdk/seatmap/places/typed.ts";

const read = (typed: string, ...rows: string[]): string[] =>
  [...readingsOf(typed, rows)].map(({ row, seat }) => `${row}:${seat}`);

describe("what is typed on the seats", () => {
  it.each([
    ["c14", ["c:14", ":c14"]],
    ["C14", ["c:14", ":c14"]],
    ["c", ["c:", ":c"]],
    ["c-14", ["c:14"]],
    ["3-14", ["3:14"]],
    ["14", [":14"]],
    ["-", [":"]],
    ["x1", [":x1"]],
  ])("%s", (typed, meant) => {
    expect(read(typed, "A", "C", "3", "14")).toEqual(meant);
  });

  it("takes rows whose labels have letters and digits", () => {
    expect(read("a12", "A", "A1")).toEqual(["a1:2", "a:12", ":a12"]);
    expect(read("1a7", "1A", "1B")).toEqual(["1a:7", ":1a7"]);
    expect(read("box-2-1", "Box-2")).toEqual(["box-2:1", "box-2:-1"]);
    expect(read("box-2", "Box-2")).toEqual(["box:2", "box-2:"]);
    expect(read("ä9", "Ä")).toEqual(["ä:9", ":ä9"]);
  });
});
