/** The map on the seat page: the plan fetched, the map put in its place, kept in step with the board. */

import type { Change } from "../../../../embed_sdk/seatmap/live/feed.ts";
import { priceOf, zonesByCategory } from "../../../../embed_sdk/seatmap/paint/scene.ts";
import { together } from "../../../../embed_sdk/seatmap/places/together.ts";
import { decodeGently } from "../../../../embed_sdk/seatmap/plan/decode.ts";
import { type Area, attributeMask, type Plan } from "../../../../embed_sdk/seatmap/plan/plan.ts";
import { mountSeatmap, type Seatmap } from "../../../../embed_sdk/seatmap/seatmap.ts";
import { longName, type MapWords } from "../../../../embed_sdk/seatmap/words.ts";
import { fill } from "../elements.ts";
import { type Facts, type PageWords, shortMoney } from "./facts.ts";
import type { Sights } from "./sights.ts";
import { SeatTip } from "./tip.ts";
import { attributesWanted, type Wanted, zonesWanted } from "./wanted.ts";

export interface HallTarget {
  readonly onSeat: (ordinal: number) => void;
  readonly onArea: (key: string) => void;
}

export class Hall {
  readonly plan: Plan;
  private readonly map: Seatmap;
  private readonly facts: Facts;
  private readonly words: MapWords;
  private readonly zoneOfCategory: Int8Array;
  private sights: Sights | null = null;

  constructor(host: HTMLElement, plan: Plan, facts: Facts, words: MapWords, target: HallTarget) {
    this.plan = plan;
    this.facts = facts;
    this.words = words;
    this.zoneOfCategory = zonesByCategory(plan, facts.zones);
    const tip = new SeatTip(host, plan, words, {
      zoneOf: (seat) => this.zoneOf(seat),
      notesOf: (seat) => this.sights?.notesOf(seat) ?? [],
      pictureOf: (seat) => this.sights?.pictureOf(seat) ?? null,
    });
    this.map = mountSeatmap(host, {
      plan,
      zones: facts.zones,
      words,
      onSeat: target.onSeat,
      onArea: (area: Area) => target.onArea(area.key),
      pictureUrl: (image) => fill(facts.picture_url, encodeURIComponent(image)),
      noteOf: (seat) => this.sights?.exactNotesOf(seat).join(words.comma) ?? "",
      onLook: (seat, at) => tip.show(seat, at, this.map.places.look(seat)),
    });
  }

  know(sights: Sights): void {
    this.sights = sights;
    this.map.repaint();
  }

  load(states: Uint8Array): void {
    this.map.load(states);
  }

  apply(changes: readonly Change[]): void {
    this.map.apply(changes);
  }

  show(ordinals: readonly number[], isMine: boolean): void {
    this.map.setMine(ordinals, isMine);
  }

  lost(ordinals: readonly number[]): void {
    this.map.pulse(ordinals);
  }

  /** Begins where the buyer's places are, if there are some. */
  showMine(): void {
    this.map.showMine();
  }

  goTo(ordinals: readonly number[]): void {
    this.map.showSeats(ordinals);
  }

  /** When the map is on the screen for the first time. */
  painted(): Promise<void> {
    return this.map.painted();
  }

  filter({ price, need }: Wanted): void {
    const zones = zonesWanted(this.facts.zones, price);
    this.map.places.filter(
      zones || need
        ? {
            wantsCategory: (category) => !zones || zones.has(this.zoneOfCategory[category] ?? -1),
            attributes: attributeMask(this.plan, attributesWanted(need)),
          }
        : null,
    );
    this.map.repaint();
  }

  /** The seats that a tap on this one means, when `count` want to sit together. */
  around(ordinal: number, count: number): number[] {
    return together(this.plan, ordinal, count, (each) => this.map.places.isOpen(each));
  }

  look(ordinal: number): string {
    return this.words.looks[this.map.places.look(ordinal)];
  }

  name(ordinal: number): string {
    return longName(this.plan, this.words, ordinal);
  }

  price(ordinal: number): number | null {
    const { plan, zoneOfCategory } = this;
    return priceOf({ plan, zones: this.facts.zones, zoneOfCategory }, ordinal);
  }

  private zoneOf(seat: number): Facts["zones"][number] | undefined {
    return this.facts.zones[this.zoneOfCategory[this.plan.category[seat] ?? 255] ?? -1];
  }
}

/** Fetches the plan; the same bytes for everybody, kept by the browser for good. */
export async function fetchPlan(url: string): Promise<Plan> {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`The plan cannot be had: ${answer.status}.`);
  return decodeGently(await answer.arrayBuffer(), breathe);
}

/** Lets the page answer before it goes on. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

export function mapWords(
  words: PageWords,
  money: (minor: number) => string,
  exponent: number,
): MapWords {
  return {
    money,
    shortMoney: (minor) => shortMoney(money(minor), exponent),
    free: (count) => fill(words.free, count),
    soldOut: words.sold_out,
    from: (price) => fill(words.from_price, price),
    row: (label) => fill(words.row, label),
    table: (label) => fill(words.table, label),
    seat: (label) => fill(words.seat, label),
    looks: words.looks,
    attributes: words.attributes,
    comma: words.comma,
    map: words.map,
    mapHelp: words.map_help,
    zoomIn: words.zoom_in,
    zoomOut: words.zoom_out,
    whole: words.whole,
    mine: words.mine,
    floors: words.floors,
    allFloors: words.all_floors,
  };
}
