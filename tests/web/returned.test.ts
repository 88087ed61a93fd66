import { describe, expect, it } from "vitest";
import { Returned } from "../../embed_sdk/seatmap/choice/returned.ts";
import { FREE, HELD, SOLD } from "../../embed_sdk/seatmap/places/places.ts";

describe("places that were given back", () => {
  it("are not held because of late news of the own hold", () => {
    const returned = new Returned();
    returned.add([7]);
    expect(
      returned.sift([
        [7, HELD],
        [8, HELD],
      ]),
    ).toEqual([[8, HELD]]);
    expect(returned.sift([[7, FREE]])).toEqual([[7, FREE]]);
    expect(returned.settle([7])).toEqual([]);
  });

  it("are held after a moment when somebody else was quick", () => {
    const returned = new Returned();
    returned.add([7]);
    expect(returned.sift([[7, HELD]])).toEqual([]);
    expect(returned.settle([7, 8])).toEqual([[7, HELD]]);
    expect(returned.sift([[7, HELD]])).toEqual([[7, HELD]]);
  });

  it("are held by somebody else as soon as they were free", () => {
    const returned = new Returned();
    returned.add([7]);
    returned.sift([[7, HELD]]);
    returned.sift([[7, FREE]]);
    expect(returned.sift([[7, HELD]])).toEqual([[7, HELD]]);
  });

  it("are sold without delay", () => {
    const returned = new Returned();
    returned.add([7]);
    expect(returned.sift([[7, SOLD]])).toEqual([[7, SOLD]]);
  });

  it("are free in a snapshot that is older, and held after a moment when it was not", () => {
    const returned = new Returned();
    returned.add([1]);
    const states = Uint8Array.of(FREE, HELD, HELD);
    expect([...returned.siftAll(states)]).toEqual([FREE, FREE, HELD]);
    expect([...states]).toEqual([FREE, HELD, HELD]);
    expect(returned.settle([1])).toEqual([[1, HELD]]);
  });
});
