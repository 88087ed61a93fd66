import { describe, expect, it } from "vitest";
import { Choice, type ChoiceHost } from "../../embed_sdk/seatmap/choice/choice.ts";
import {
  type BestHold,
  type Hold,
  Holds,
  Refused,
  type Wish,
} from "../../embed_sdk/seatmap/live/holds.ts";

type Answer = readonly number[] | Refused | Promise<readonly number[]>;

/** A server that answers requests in order and writes down each; places in an answer are held. */
class Server extends Holds {
  readonly asked: string[] = [];
  answers: Answer[] = [];
  private readonly ids: string[] = ["h"];

  constructor() {
    super({ base: "", prove: async () => ({}) });
  }

  override make(hold: string, places: readonly number[]): Promise<Hold> {
    return this.hold(`make ${places.join(" ")}`, hold, places);
  }

  override async best(hold: string, wish: Wish): Promise<BestHold> {
    return { ...(await this.hold(`best ${wish.count}`, hold, [])), closeness: "neat" };
  }

  override async change(): Promise<Hold | null> {
    throw new Error("Nothing is changed here.");
  }

  /** Holds are told apart by their order: "h" came with the page. */
  override async release(hold: string): Promise<void> {
    await this.answer(`release ${this.ids.indexOf(hold)}`, []);
  }

  private async hold(asked: string, hold: string, places: readonly number[]): Promise<Hold> {
    this.ids.push(hold);
    const given = await this.answer(asked, places);
    return { hold, places: given, seconds_left: 600, extensions_left: 2 };
  }

  private async answer(asked: string, otherwise: readonly number[]): Promise<readonly number[]> {
    this.asked.push(asked);
    const next = await (this.answers.shift() ?? otherwise);
    if (next instanceof Refused) throw next;
    return next;
  }
}

function refusal(code: string): Refused {
  return new Refused({ code });
}

/** A choice for which the page came with a hold of these places. */
function start(places: readonly number[]) {
  const server = new Server();
  const mine = new Set(places);
  const said: string[] = [];
  const seen: string[] = [];
  let kept: Hold | null = null;
  const host: ChoiceHost = {
    hold: places.length ? "h" : "",
    places,
    show: (ordinals, isMine) => {
      for (const each of ordinals) mine[isMine ? "add" : "delete"](each);
      seen.push(list(mine));
    },
    lost: (ordinals) => said.push(`lost ${ordinals.join(" ")}`),
    gone: () => undefined,
    kept: (hold) => {
      kept = hold;
    },
    refused: (error) => said.push(error instanceof Refused ? error.code : String(error)),
    busy: () => undefined,
  };
  const choice = new Choice(server, host);
  const shown = () => list(mine);
  return { server, choice, said, seen, shown, kept: () => kept };
}

function list(places: Iterable<number>): string {
  return [...places].sort((a, b) => a - b).join(" ");
}

describe("the best places", () => {
  it("come where nothing was chosen", async () => {
    const { server, choice, shown, said } = start([]);
    server.answers = [[4, 5]];
    choice.best({ count: 2 });
    await choice.settled();
    expect([server.asked, shown(), said]).toEqual([["best 2"], "4 5", []]);
  });

  it("come in the place of what was chosen", async () => {
    const { server, choice, shown, said, kept } = start([1, 2]);
    server.answers = [[4, 5]];
    choice.best({ count: 2 });
    await choice.settled();
    expect([shown(), said, kept()?.places]).toEqual(["4 5", [], [4, 5]]);
  });

  it("may be some of those that were chosen", async () => {
    const { server, choice, shown, seen } = start([1, 2, 3]);
    server.answers = [[2, 4]];
    choice.best({ count: 2 });
    await choice.settled();
    expect([shown(), seen.every((each) => each.includes("2"))]).toEqual(["2 4", true]);
  });

  it("are there before the others are given back", async () => {
    const { server, choice, shown, seen } = start([1, 2]);
    let find: (places: readonly number[]) => void = () => undefined;
    server.answers = [new Promise((resolve) => (find = resolve))];
    choice.best({ count: 2 });
    await Promise.resolve();
    expect([server.asked, shown(), seen]).toEqual([["best 2"], "1 2", []]);

    find([4, 5]);
    await choice.settled();
    expect([server.asked, shown()]).toEqual([["best 2", "release 0"], "4 5"]);
  });

  it("stay the buyer's when the others cannot be given back", async () => {
    const { server, choice, shown, said } = start([1, 2]);
    server.answers = [[4, 5], refusal("no_such_hold")];
    choice.best({ count: 2 });
    await choice.settled();
    expect([shown(), said]).toEqual(["4 5", []]);
  });

  it("are what is changed afterwards", async () => {
    const { server, choice, shown } = start([1, 2]);
    server.answers = [[4, 5]];
    choice.best({ count: 2 });
    await choice.settled();
    choice.change([], [4, 5]);
    await choice.settled();
    expect([server.asked, shown()]).toEqual([["best 2", "release 0", "release 1"], ""]);
  });

  it("are not given, and nothing is given up, where none are found", async () => {
    const { server, choice, shown, said } = start([1, 2]);
    server.answers = [refusal("none_together")];
    choice.best({ count: 2 });
    await choice.settled();
    expect([server.asked, shown(), said]).toEqual([["best 2"], "1 2", ["none_together"]]);
  });
});

describe("the best places for who has as many as anybody may", () => {
  it("are asked for once the others were given up", async () => {
    const { server, choice, shown, said } = start([1, 2]);
    server.answers = [refusal("too_many_places"), [], [4, 5]];
    choice.best({ count: 2 });
    await choice.settled();
    expect(server.asked).toEqual(["best 2", "release 0", "best 2"]);
    expect([shown(), said]).toEqual(["4 5", []]);
  });

  it("are not found: the others are asked for again and shown", async () => {
    const { server, choice, shown, said, kept } = start([1, 2]);
    server.answers = [refusal("too_many_places"), [], refusal("none_together")];
    choice.best({ count: 2 });
    await choice.settled();
    expect(server.asked).toEqual(["best 2", "release 0", "best 2", "make 1 2"]);
    expect([shown(), said, kept()?.places]).toEqual(["1 2", ["none_together"], [1, 2]]);
  });

  it("are not found, and somebody has the others: nothing is the buyer's", async () => {
    const { server, choice, shown, said, kept } = start([1, 2]);
    const taken = refusal("seats_taken");
    server.answers = [refusal("too_many_places"), [], refusal("none_together"), taken];
    choice.best({ count: 2 });
    await choice.settled();
    expect([shown(), said, kept()]).toEqual(["", ["none_together"], null]);
  });

  it("are too many by themselves: nothing is given up", async () => {
    const { server, choice, shown, said } = start([]);
    server.answers = [refusal("too_many_places")];
    choice.best({ count: 99 });
    await choice.settled();
    expect([server.asked, shown(), said]).toEqual([["best 99"], "", ["too_many_places"]]);
  });

  it("leave those that wait for a rule chosen where none are found", async () => {
    const { server, choice, shown } = start([]);
    server.answers = [refusal("single_seat_left"), refusal("none_together")];
    choice.change([1], []);
    await choice.settled();
    choice.best({ count: 2 });
    await choice.settled();
    expect([server.asked, shown(), choice.isIncomplete]).toEqual([["make 1", "best 2"], "1", true]);
  });

  it("do not bring back what was given back while they were looked for", async () => {
    const { server, choice, shown, seen } = start([1]);
    server.answers = [[1]];
    choice.best({ count: 1 });
    choice.change([], [1]);
    await choice.settled();
    expect([server.asked, shown()]).toEqual([["best 1", "release 0", "release 1"], ""]);
    expect(seen.slice(1).every((each) => each === "")).toBe(true);
  });
});
