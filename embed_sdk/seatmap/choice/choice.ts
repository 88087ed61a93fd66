/**
 * What the buyer has chosen. It is shown at once, asked for in order, and taken back where the server
 * refuses: the server decides everything. One hold at a time.
 */

import {
  type BestHold,
  type Hold,
  type Holds,
  newHoldId,
  Refused,
  type Wish,
} from "../live/holds.ts";
import { FREE, HELD } from "../places/places.ts";

/** Where the choice is shown. */
export interface ChoiceHost {
  /** The hold that the page came with, "" for none, and its places. */
  readonly hold: string;
  readonly places: readonly number[];
  /** These places are the buyer's now, or are not. */
  readonly show: (ordinals: readonly number[], isMine: boolean) => void;
  /** These were taken by somebody else a moment before. */
  readonly lost: (ordinals: readonly number[]) => void;
  /** These were held, and were sold or closed all the same: in another window, or by the house. */
  readonly gone: (ordinals: readonly number[]) => void;
  readonly kept: (hold: Hold | null) => void;
  readonly refused: (error: unknown, wanted: readonly number[]) => void;
  /** Something is being asked, or nothing any more. */
  readonly busy: (isBusy: boolean) => void;
}

/** The time of a hold was over: what is asked for now begins another. */
const LAPSED = new Set(["hold_lapsed", "no_such_hold"]);
/** Rules that more places can satisfy: the wanted ones stay chosen and are asked for with the next. */
const RULES = new Set([
  "single_seat_left",
  "companion_alone",
  "table_sold_whole",
  "too_few_together",
]);

export function isRule(error: unknown): error is Refused {
  return error instanceof Refused && RULES.has(error.code);
}

export class Choice {
  private readonly holds: Holds;
  private readonly host: ChoiceHost;
  private hold: string;
  private readonly held: Set<number>;
  /** Chosen, but a rule refuses them until others join them. */
  private readonly waiting = new Set<number>();
  /** To be given back, when what is asked before has been answered. */
  private readonly leaving = new Set<number>();
  private queue: Promise<void> = Promise.resolve();
  private pending = 0;

  constructor(holds: Holds, host: ChoiceHost) {
    this.holds = holds;
    this.host = host;
    this.hold = host.hold;
    this.held = new Set(host.places);
  }

  get isBusy(): boolean {
    return this.pending > 0;
  }

  /** Whether places are chosen that a rule does not let the buyer have alone. */
  get isIncomplete(): boolean {
    return this.waiting.size > 0;
  }

  /** When what is being asked has been answered. */
  settled(): Promise<void> {
    return this.queue;
  }

  /** Takes places and gives others back, as one change. */
  change(add: readonly number[], drop: readonly number[]): void {
    this.host.show(add, true);
    this.host.show(drop, false);
    for (const each of add) this.leaving.delete(each);
    for (const each of drop) this.leaving.add(each);
    this.ask(async () => {
      for (const each of drop) this.leaving.delete(each);
      const wanted = [...this.waiting, ...add].filter((each) => !drop.includes(each));
      try {
        await this.take(
          wanted,
          drop.filter((each) => this.held.has(each)),
        );
        this.waiting.clear();
      } catch (error) {
        this.undo(error, add, drop);
      }
    });
  }

  /** Lets the server find places; they come in the place of those that the buyer has. */
  best(wish: Wish): void {
    this.ask(async () => {
      const held = [...this.held];
      try {
        const found = await this.findBest(wish);
        const had = [...held, ...this.waiting];
        this.waiting.clear();
        this.keep(found);
        this.host.show(
          had.filter((each) => !this.held.has(each)),
          false,
        );
        this.host.show(
          found.places.filter((each) => !this.leaving.has(each)),
          true,
        );
      } catch (error) {
        // What waits for a rule was not held, and goes on waiting.
        await this.restore(held);
        this.host.refused(error, []);
      }
    });
  }

  /**
   * News of the places came. Those that wait for a rule are nobody's yet: where somebody else took one
   * it is lost. A held one can only be held; where it is anything else but free it is gone. While
   * something is being asked the answer decides.
   */
  heard(stateOf: (ordinal: number) => number): void {
    if (this.isBusy) return;
    const lost = [...this.waiting].filter((each) => stateOf(each) !== FREE);
    if (lost.length) {
      for (const each of lost) this.waiting.delete(each);
      this.host.show(lost, false);
      this.host.lost(lost);
      this.host.refused(new Refused({ code: "seats_taken", places: lost }), lost);
    }
    const gone = [...this.held].filter((each) => stateOf(each) > HELD);
    if (!gone.length) return;
    for (const each of gone) this.held.delete(each);
    this.host.show(gone, false);
    this.host.gone(gone);
  }

  /** The time is over: nothing is the buyer's any more. */
  lapse(): void {
    const had = [...this.held, ...this.waiting];
    this.hold = "";
    this.held.clear();
    this.waiting.clear();
    this.host.show(had, false);
  }

  private ask(step: () => Promise<void>): void {
    this.pending += 1;
    this.host.busy(true);
    this.queue = this.queue.then(async () => {
      await step();
      this.pending -= 1;
      if (!this.pending) this.host.busy(false);
    });
  }

  private async take(add: readonly number[], drop: readonly number[]): Promise<void> {
    if (!add.length && !drop.length) return;
    const rest = [...this.held].filter((each) => !drop.includes(each));
    if (this.hold && !add.length && !rest.length) {
      await this.giveUp(this.hold);
      return;
    }
    if (!this.hold) {
      if (add.length) this.keep(await this.holds.make(newHoldId(), add));
      return;
    }
    try {
      this.keep(await this.holds.change(this.hold, add, drop));
    } catch (error) {
      if (!(error instanceof Refused) || !LAPSED.has(error.code)) throw error;
      const gone = [...this.held].filter((each) => !add.includes(each));
      this.forget();
      this.host.show(gone, false);
      if (add.length) this.keep(await this.holds.make(newHoldId(), add));
    }
  }

  private async giveUp(hold: string): Promise<void> {
    try {
      await this.holds.release(hold);
    } catch (error) {
      if (!(error instanceof Refused) || !LAPSED.has(error.code)) throw error;
    }
    this.forget();
  }

  /** First the new ones, then the old ones go: nothing is given up for a search that finds nothing. */
  private async findBest(wish: Wish): Promise<BestHold> {
    const before = this.hold;
    try {
      const found = await this.holds.best(newHoldId(), wish);
      if (before) await this.holds.release(before).catch(() => undefined);
      return found;
    } catch (error) {
      const isFull = error instanceof Refused && error.code === "too_many_places";
      if (!before || !isFull) throw error;
      await this.giveUp(before);
      return this.holds.best(newHoldId(), wish);
    }
  }

  /** What was given back for a search that found nothing is asked for again. */
  private async restore(had: readonly number[]): Promise<void> {
    if (!had.length || this.hold) return;
    try {
      this.keep(await this.holds.make(newHoldId(), had));
    } catch {
      this.host.show(had, false);
    }
  }

  private forget(): void {
    this.hold = "";
    this.held.clear();
    this.host.kept(null);
  }

  private keep(hold: Hold | null): void {
    if (!hold) {
      this.forget();
      return;
    }
    this.hold = hold.hold;
    this.held.clear();
    for (const place of hold.places) this.held.add(place);
    this.host.kept(hold);
  }

  private undo(error: unknown, add: readonly number[], drop: readonly number[]): void {
    this.host.show(
      drop.filter((each) => this.held.has(each)),
      true,
    );
    if (isRule(error)) {
      for (const each of add) this.waiting.add(each);
    } else {
      this.host.show(
        add.filter((each) => !this.held.has(each)),
        false,
      );
    }
    if (error instanceof Refused && error.code === "seats_taken") {
      const lost = error.places.filter((each) => this.waiting.delete(each) || add.includes(each));
      this.host.show(lost, false);
      this.host.lost(lost);
    }
    this.host.refused(error, add);
  }
}
