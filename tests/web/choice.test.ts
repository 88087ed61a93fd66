import { describe, expect, it } from "vitest";
import { Choice, type ChoiceHost } from "../../embed_sdk/seatmap/choice/choice.ts";
import { type Hold, Holds, Refused } from "../../embed_sdk/seatmap/live/holds.ts";
import { FREE, HELD, SOLD } from "../../embed_sdk/seatmap/places/places.ts";

/** A server of answers: each request takes the next one, and is written down. */
class Server extends Holds {
  readonly asked: string[] = [];
  answers: (Hold | null | Refused)[] = [];

  constructor() {
    super({ base: "", prove: async () => ({}) });
  }

  override make(hold: string, places: readonly number[]): Promise<Hold> {
    return this.answer(`make ${places.join(" ")}`, hold, places) as Promise<Hold>;
  }

  override change(
    hold: string,
    add: readonly number[],
    drop: readonly number[],
  ): Promise<Hold | null> {
    return this.answer(`change +${add.join(" ")} -${drop.join(" ")}`, hold, []);
  }

  override async release(): Promise<void> {
    await this.answer("release", "", []);
  }

  private async answer(
    asked: string,
    hold: string,
    places: readonly number[],
  ): Promise<Hold | null> {
    this.asked.push(asked);
    const next = this.answers.shift();
    if (next instanceof Refused) throw next;
    return next === undefined ? held(hold, places) : next;
  }
}

function held(hold: string, places: readonly number[]): Hold {
  return { hold, places, seconds_left: 600, extensions_left: 2 };
}

function refusal(code: string, places: readonly number[] = []): Refused {
  return new Refused({ code, places });
}

function start(hold = "", places: readonly number[] = []) {
  const server = new Server();
  const mine = new Set(places);
  const said: string[] = [];
  const host: ChoiceHost = {
    hold,
    places,
    show: (ordinals, isMine) => {
      for (const each of ordinals) {
        if (isMine) mine.add(each);
        else mine.delete(each);
      }
    },
    lost: (ordinals) => said.push(`lost ${ordinals.join(" ")}`),
    gone: (ordinals) => said.push(`gone ${ordinals.join(" ")}`),
    kept: () => undefined,
    refused: (error) => said.push(error instanceof Refused ? error.code : String(error)),
    busy: () => undefined,
  };
  return { server, mine, said, choice: new Choice(server, host) };
}

describe("a choice", () => {
  it("is shown at once and asked for in order", async () => {
    const { server, mine, choice } = start();
    server.answers = [held("h", [1, 2]), held("h", [1, 2, 3])];
    choice.change([1, 2], []);
    choice.change([3], []);
    expect([...mine]).toEqual([1, 2, 3]);
    await choice.settled();
    expect(server.asked).toEqual(["make 1 2", "change +3 -"]);
  });

  it("is taken back where somebody was faster, and says which", async () => {
    const { server, mine, said, choice } = start();
    server.answers = [refusal("seats_taken", [2])];
    choice.change([1, 2], []);
    await choice.settled();
    expect([...mine]).toEqual([]);
    expect(said).toEqual(["lost 2", "seats_taken"]);
  });

  it("waits where a rule wants more, and asks for all together", async () => {
    const { server, mine, said, choice } = start();
    server.answers = [refusal("single_seat_left", [2]), held("h", [1, 2])];
    choice.change([1], []);
    await choice.settled();
    expect([[...mine], choice.isIncomplete, said]).toEqual([[1], true, ["single_seat_left"]]);
    choice.change([2], []);
    await choice.settled();
    expect(server.asked).toEqual(["make 1", "make 1 2"]);
    expect(choice.isIncomplete).toBe(false);
  });

  it("begins another hold when the time was over", async () => {
    const { server, mine, choice } = start("old", [7]);
    server.answers = [refusal("hold_lapsed"), held("new", [8])];
    choice.change([8], []);
    await choice.settled();
    expect(server.asked).toEqual(["change +8 -", "make 8"]);
    expect([...mine]).toEqual([8]);
  });

  it("gives the hold back with its last place", async () => {
    const { server, mine, choice } = start("h", [7]);
    server.answers = [null];
    choice.change([], [7]);
    await choice.settled();
    expect([server.asked, [...mine]]).toEqual([["release"], []]);
  });

  it("keeps what could not be given back", async () => {
    const { server, mine, said, choice } = start("h", [7, 8]);
    server.answers = [refusal("companion_alone", [8])];
    choice.change([], [7]);
    await choice.settled();
    expect([...mine].sort()).toEqual([7, 8]);
    expect(said).toEqual(["companion_alone"]);
  });

  it("is nobody's when the time is over", () => {
    const { mine, choice } = start("h", [7, 8]);
    choice.lapse();
    expect([...mine]).toEqual([]);
  });

  it("gives up what waits for a rule when somebody takes it, and says so", async () => {
    const { server, mine, said, choice } = start();
    server.answers = [refusal("single_seat_left", [2])];
    choice.change([1], []);
    await choice.settled();
    choice.heard(() => FREE);
    expect(choice.isIncomplete).toBe(true);
    choice.heard((ordinal) => (ordinal === 1 ? HELD : FREE));
    expect([[...mine], choice.isIncomplete]).toEqual([[], false]);
    expect(said).toEqual(["single_seat_left", "lost 1", "seats_taken"]);
  });

  it("says what is sold or closed although it was held, and never takes its own hold for news", () => {
    const { mine, said, choice } = start("h", [7, 8]);
    choice.heard(() => HELD);
    choice.heard(() => FREE);
    expect([...mine]).toEqual([7, 8]);
    choice.heard((ordinal) => (ordinal === 7 ? SOLD : HELD));
    expect([[...mine], said]).toEqual([[8], ["gone 7"]]);
  });

  it("leaves it to the answer while it asks", async () => {
    const { server, mine, said, choice } = start();
    server.answers = [refusal("single_seat_left", [2]), held("h", [1, 2])];
    choice.change([1], []);
    await choice.settled();
    choice.change([2], []);
    choice.heard(() => HELD);
    await choice.settled();
    choice.heard(() => HELD);
    expect([[...mine], said]).toEqual([[1, 2], ["single_seat_left"]]);
  });
});
