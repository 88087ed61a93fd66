/**
 * The seat page, live: a seat is held the moment it is chosen, on the map or in the list, and what
 * others take is shown and said. Without this script the form sends the ticked seats.
 */

import { Choice, isRule } from "../../../../embed_sdk/seatmap/choice/choice.ts";
import { Returned } from "../../../../embed_sdk/seatmap/choice/returned.ts";
import { type Change, follow } from "../../../../embed_sdk/seatmap/live/feed.ts";
import { type Hold, Holds, Refused } from "../../../../embed_sdk/seatmap/live/holds.ts";
import { FREE, HELD } from "../../../../embed_sdk/seatmap/places/places.ts";
import { fill } from "../elements.ts";
import { Board } from "./board.ts";
import { Boxes } from "./boxes.ts";
import type { Facts, PageWords } from "./facts.ts";
import type { Hall } from "./hall.ts";
import { explain, type Voice } from "./said.ts";
import { SightButton } from "./sight.ts";
import type { Sights } from "./sights.ts";
import { findStanding, type Standing, showStanding, wantedChange } from "./standing.ts";
import { Stock } from "./stock.ts";
import { showTray } from "./tray.ts";
import { type Wanted, wishOf } from "./wanted.ts";

/** So long after the answer the feed has said what it is about: it is read ten times a second. */
const FEED_MS = 600;

export interface PageParts {
  readonly form: HTMLFormElement;
  readonly tray: HTMLElement;
  /** Says that nothing is free, while nothing is. */
  readonly soldOut: HTMLElement | null;
  readonly voice: Voice;
  /** An amount in minor units, as the page writes it. */
  readonly money: (minor: number) => string;
  /** How many sit together: what one tap on the map means. */
  readonly together: () => number;
}

export class SeatPage {
  private readonly facts: Facts;
  private readonly words: PageWords;
  private readonly parts: PageParts;
  private readonly board: Board;
  private readonly boxes: Boxes;
  private readonly stock: Stock;
  private readonly standing: readonly Standing[];
  private readonly choice: Choice;
  private readonly returned = new Returned();
  private readonly money: (minor: number) => string;
  private readonly sight: SightButton | null;
  private sights: Sights | null = null;
  private hall: Hall | null = null;
  private snapshot: Uint8Array | null = null;
  /** What a rule still asks for. */
  private missing = "";

  constructor(facts: Facts, words: PageWords, parts: PageParts) {
    this.facts = facts;
    this.words = words;
    this.parts = parts;
    this.money = parts.money;
    this.boxes = new Boxes(parts.form, words.looks);
    this.board = new Board(facts.ordinals, new Uint8Array(Math.max(0, ...this.boxes.ordinals) + 1));
    this.board.apply([...this.boxes.states()]);
    this.stock = new Stock(this.board, this.boxes, words);
    this.standing = findStanding(parts.form);
    this.sight = SightButton.on(document, words.view, (ordinal) => this.name(ordinal));
    this.choice = new Choice(
      new Holds({ base: facts.base_url, prove: (problem) => this.prove(problem) }),
      {
        hold: facts.hold_id,
        places: facts.ordinals,
        show: (ordinals, isMine) => this.show(ordinals, isMine),
        lost: (ordinals) => this.lost(ordinals),
        gone: (ordinals) => this.gone(ordinals),
        kept: (hold) => this.kept(hold),
        refused: (error, wanted) => this.refused(error, wanted),
        busy: (isBusy) => this.busy(isBusy),
      },
    );
  }

  start(): void {
    const { form } = this.parts;
    form.addEventListener("click", (event) => this.click(event));
    form.addEventListener("change", (event) => this.change(event));
    form.addEventListener("submit", (event) => this.submit(event));
    // Ticked before this script was there.
    const early = this.boxes.ticked.filter((ordinal) => !this.board.mine.has(ordinal));
    if (early.length) this.choice.change(early, []);
    document.addEventListener("places:over", () => {
      this.choice.lapse();
      this.showTray();
    });
    follow(this.facts.base_url, {
      all: (states) => {
        this.load(this.returned.siftAll(states));
        this.hear();
      },
      changed: (changes) => {
        this.apply(this.returned.sift(changes));
        this.hear();
      },
      broken: (isBroken) => document.documentElement.classList.toggle("is-offline", isBroken),
    });
  }

  /** The map is there now. */
  open(hall: Hall): void {
    this.hall = hall;
    if (this.sights) hall.know(this.sights);
    if (this.snapshot) hall.load(this.snapshot.slice());
    hall.show(
      this.facts.ordinals.filter((each) => this.board.mine.has(each)),
      true,
    );
    hall.show([...this.board.mine], true);
    // Whoever comes back to change something begins where it is.
    if (this.board.mine.size) hall.showMine();
    this.showTray();
  }

  /** What one sees from the places is known now. */
  know(sights: Sights): void {
    this.sights = sights;
    this.hall?.know(sights);
    this.sight?.know(sights);
    this.showSight();
  }

  filter(wanted: Wanted): void {
    this.hall?.filter(wanted);
  }

  /** A seat of the map was pointed at: it and its neighbours, or it is given back. */
  point(ordinal: number): void {
    if (this.board.mine.has(ordinal)) {
      this.choice.change([], [ordinal]);
      this.parts.voice.whisper(fill(this.words.dropped, this.name(ordinal)));
      return;
    }
    const { hall } = this;
    const wanted = this.parts.together();
    const seats = hall?.around(ordinal, wanted) ?? [];
    if (!seats.length) {
      this.parts.voice.say(`${this.name(ordinal)}: ${hall?.look(ordinal) ?? ""}`);
      return;
    }
    this.choice.change(seats, []);
    const names = this.namesOf(seats);
    if (seats.length < wanted) this.parts.voice.say(fill(this.words.fewer, seats.length));
    else
      this.parts.voice.whisper(
        fill(seats.length === 1 ? this.words.chosen : this.words.chosen_many, names),
      );
  }

  /** An area of the map was pointed at: so many places there. */
  stand(key: string): void {
    const area = this.standing.find((each) => each.key === key);
    if (!area) return;
    const add = this.board.pickFree(area.first, area.end, this.parts.together());
    if (!add.length) {
      this.parts.voice.say(this.words.sold_out);
      return;
    }
    this.choice.change(add, []);
    const count = fill(
      add.length === 1 ? this.words.place_one : this.words.places_many,
      add.length,
    );
    this.parts.voice.say(fill(this.words.chosen_many, `${area.name}${this.words.comma}${count}`));
  }

  /** Lets the server find the best seats, and shows where they are. */
  async find(count: number, wanted: Wanted, section: string): Promise<void> {
    this.choice.best({
      count,
      ...wishOf(this.facts.zones, wanted),
      ...(section ? { section } : {}),
    });
    await this.choice.settled();
  }

  private async prove(
    problem: ConstructorParameters<typeof Refused>[0],
  ): Promise<Record<string, string>> {
    this.parts.voice.say(this.words.proof);
    const { prove } = await import("../prove.ts");
    return prove(problem);
  }

  private load(states: Uint8Array): void {
    this.snapshot = states.slice();
    this.board.load(states.slice());
    this.hall?.load(states);
    this.refresh(this.boxes.ordinals);
  }

  private apply(changes: readonly Change[]): void {
    if (this.snapshot) for (const [ordinal, state] of changes) this.snapshot[ordinal] = state;
    this.board.apply(changes);
    this.hall?.apply(changes);
    this.refresh(changes.map(([ordinal]) => ordinal));
  }

  private show(ordinals: readonly number[], isMine: boolean): void {
    if (isMine) this.take(ordinals);
    else this.giveBack(ordinals.filter((each) => this.board.mine.has(each)));
    this.hall?.show(ordinals, isMine);
    this.refresh(ordinals);
    showStanding(this.standing, this.board);
    this.showTray();
  }

  private take(ordinals: readonly number[]): void {
    // What is kept back of an earlier hold stays kept back: it is no news of somebody else.
    for (const ordinal of ordinals) this.board.mine.add(ordinal);
  }

  /** The choice hears of the places as they are now. */
  private hear(): void {
    // What the page itself says of the places is only a beginning.
    if (this.snapshot) this.choice.heard((ordinal) => this.board.stateOf(ordinal));
  }

  private busy(isBusy: boolean): void {
    this.parts.tray.closest("[data-tray]")?.classList.toggle("is-busy", isBusy);
    // News that came while something was being asked were put off.
    if (!isBusy) this.hear();
  }

  /** What was held for the buyer is free again; the feed says so a moment later. */
  private giveBack(ordinals: readonly number[]): void {
    for (const ordinal of ordinals) this.board.mine.delete(ordinal);
    const held = ordinals.filter((each) => this.board.stateOf(each) === HELD);
    this.returned.add(ordinals);
    this.apply(held.map((each) => [each, FREE] as const));
    void this.feedHasTold().then(() => {
      this.apply(this.returned.settle(ordinals));
      this.hear();
    });
  }

  private async feedHasTold(): Promise<void> {
    // A turn later what is being asked for stands in the line of the choice.
    await Promise.resolve();
    await this.choice.settled();
    await new Promise((resolve) => setTimeout(resolve, FEED_MS));
  }

  private refresh(ordinals: readonly number[]): void {
    this.boxes.refresh(this.board, ordinals);
    this.stock.recount();
    const { soldOut } = this.parts;
    if (soldOut && this.snapshot)
      soldOut.hidden = this.board.mine.size > 0 || this.snapshot.includes(FREE);
  }

  private lost(ordinals: readonly number[]): void {
    // They are somebody else's: what the feed says of it may come later.
    this.returned.settle(ordinals);
    this.apply(ordinals.map((ordinal) => [ordinal, HELD] as const));
    this.boxes.mark(ordinals, "is-lost", true);
    this.hall?.lost(ordinals);
  }

  private gone(ordinals: readonly number[]): void {
    this.parts.voice.say(fill(this.words.gone, this.namesOf(ordinals)));
  }

  private kept(hold: Hold | null): void {
    this.boxes.mark(this.boxes.ordinals, "is-busy", false);
    if (!hold) return;
    document.dispatchEvent(new CustomEvent("places:kept", { detail: hold }));
    if ("closeness" in hold && hold.closeness) {
      const how = this.words.best[hold.closeness as keyof PageWords["best"]];
      this.parts.voice.say(fill(how, this.namesOf(hold.places)));
      this.hall?.goTo(hold.places);
    }
  }

  private refused(error: unknown, wanted: readonly number[]): void {
    const { voice } = this.parts;
    this.boxes.mark(wanted, "is-busy", false);
    this.boxes.refresh(this.board, wanted);
    const said = explain(error, wanted, this.words, this.facts.most, (each) => this.namesOf(each));
    if (isRule(error)) this.missing = said;
    voice.say(said);
    // The page itself leads to the waiting room.
    if (error instanceof Refused && error.code === "not_admitted") location.reload();
  }

  private click(event: MouseEvent): void {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.name !== "place") return;
    if (!box.getAttribute("aria-disabled")) return;
    event.preventDefault();
    const ordinal = Number(box.value);
    this.parts.voice.say(`${this.boxes.name(ordinal)}: ${this.boxes.state(ordinal)}`);
  }

  private change({ target }: Event): void {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.name === "place") {
      const ordinal = Number(target.value);
      this.boxes.mark([ordinal], "is-busy", true);
      if (target.checked) this.choice.change([ordinal], []);
      else this.choice.change([], [ordinal]);
      return;
    }
    const area = this.standing.find(({ input }) => input === target);
    if (!area) return;
    const { add, drop } = wantedChange(area, this.board);
    if (add.length || drop.length) this.choice.change(add, drop);
  }

  private submit(event: SubmitEvent): void {
    if (this.choice.isBusy) {
      event.preventDefault();
      void this.choice.settled().then(() => this.parts.form.requestSubmit());
    } else if (this.choice.isIncomplete) {
      // They are not held: whoever went on would find them gone from the cart.
      event.preventDefault();
      this.parts.voice.say(this.missing);
    }
  }

  private showTray(): void {
    const prices = [...this.board.mine].map((ordinal) => this.price(ordinal));
    showTray(this.parts.tray, prices, this.facts.order_fee, this.words, this.money);
    this.showSight();
  }

  private showSight(): void {
    // Sets keep their order: the last one is what was chosen last.
    this.sight?.show([...this.board.mine].at(-1) ?? -1);
  }

  private price(ordinal: number): number {
    const letter = this.boxes.zone(ordinal);
    return (
      this.facts.prices[ordinal] ??
      this.standing.find(({ first, end }) => ordinal >= first && ordinal < end)?.price ??
      this.hall?.price(ordinal) ??
      this.facts.zones.find((zone) => zone.letter === letter)?.price ??
      0
    );
  }

  private name(ordinal: number): string {
    return this.boxes.name(ordinal) || (this.hall?.name(ordinal) ?? "");
  }

  private namesOf(ordinals: readonly number[]): string {
    return ordinals
      .map((each) => this.name(each))
      .filter(Boolean)
      .join("; ");
  }
}
