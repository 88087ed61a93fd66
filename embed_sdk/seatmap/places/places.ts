/**
 * What can be had now: a state for each place, which of them are mine, which are filtered out.
 * The numbers by section and area are kept, not counted anew.
 */

import type { Plan } from "../plan/plan.ts";

/** As the live process writes them (`docs/api.md`). */
export const FREE = 0;
export const HELD = 1;
export const SOLD = 2;
export const BLOCKED = 3;
export const CLOSED = 4;

/** What a buyer sees. */
export type Look = "free" | "mine" | "taken" | "closed" | "out";

export interface Filter {
  /** Whether the place's category is wanted. */
  readonly wantsCategory: (category: number) => boolean;
  /** Attributes of which a seat must have one; 0 for any seat. */
  readonly attributes: number;
}

export class Places {
  readonly plan: Plan;
  /** How many are free, by index of section, then of area. */
  readonly freeBySection: Int32Array;
  readonly freeByArea: Int32Array;
  private states: Uint8Array;
  private readonly mine = new Set<number>();
  private filtered: Uint8Array | null = null;

  constructor(plan: Plan) {
    this.plan = plan;
    this.states = new Uint8Array(plan.placeCount).fill(CLOSED);
    this.freeBySection = new Int32Array(plan.sections.length);
    this.freeByArea = new Int32Array(plan.areas.length);
  }

  /** Takes a snapshot: a byte for each place. */
  load(states: Uint8Array): void {
    const { placeCount } = this.plan;
    this.states = states.length === placeCount ? states : states.slice(0, placeCount);
    if (this.states.length < placeCount) {
      const whole = new Uint8Array(placeCount).fill(CLOSED);
      whole.set(this.states);
      this.states = whole;
    }
    this.recount();
  }

  /** Takes changes; returns the places whose look is another now. */
  apply(changes: readonly (readonly [ordinal: number, state: number])[]): number[] {
    const changed: number[] = [];
    for (const [ordinal, state] of changes) {
      const before = this.states[ordinal];
      if (before === undefined || before === state) continue;
      this.states[ordinal] = state;
      this.count(ordinal, before, state);
      changed.push(ordinal);
    }
    return changed;
  }

  stateOf(ordinal: number): number {
    return this.states[ordinal] ?? CLOSED;
  }

  isFree(ordinal: number): boolean {
    return this.states[ordinal] === FREE && !this.mine.has(ordinal);
  }

  isMine(ordinal: number): boolean {
    return this.mine.has(ordinal);
  }

  get mineOrdinals(): number[] {
    return [...this.mine].sort((a, b) => a - b);
  }

  setMine(ordinals: Iterable<number>, isMine: boolean): void {
    for (const ordinal of ordinals) {
      if (isMine) this.mine.add(ordinal);
      else this.mine.delete(ordinal);
    }
  }

  /** What the buyer sees of the place; a place of theirs is never filtered out. */
  look(ordinal: number): Look {
    if (this.mine.has(ordinal)) return "mine";
    if (this.filtered?.[ordinal]) return "out";
    const state = this.states[ordinal];
    if (state === FREE) return "free";
    return state === CLOSED ? "closed" : "taken";
  }

  /** Whether the place could be chosen now. */
  isOpen(ordinal: number): boolean {
    return this.look(ordinal) === "free";
  }

  /** Shows only what fits; null shows all. */
  filter(wanted: Filter | null): void {
    if (!wanted) {
      this.filtered = null;
      return;
    }
    const { plan } = this;
    const filtered = new Uint8Array(plan.placeCount);
    for (let seat = 0; seat < plan.seatCount; seat += 1) {
      const hasOne = !wanted.attributes || ((plan.attributes[seat] ?? 0) & wanted.attributes) !== 0;
      filtered[seat] = hasOne && wanted.wantsCategory(plan.category[seat] ?? 255) ? 0 : 1;
    }
    for (const area of plan.areas) {
      const isOut = wanted.attributes !== 0 || !wanted.wantsCategory(area.category);
      if (isOut) filtered.fill(1, area.first, area.end);
    }
    this.filtered = filtered;
  }

  get isFiltered(): boolean {
    return this.filtered !== null;
  }

  /** How many places from `first` to `end - 1` could be chosen now. */
  countOpen(first: number, end: number): number {
    let open = 0;
    for (let ordinal = first; ordinal < end; ordinal += 1) {
      if (this.states[ordinal] === FREE && !this.filtered?.[ordinal]) open += 1;
    }
    return open;
  }

  private recount(): void {
    const { sections, areas } = this.plan;
    sections.forEach(({ first, end }, index) => {
      this.freeBySection[index] = countFree(this.states, first, end);
    });
    areas.forEach(({ first, end }, index) => {
      this.freeByArea[index] = countFree(this.states, first, end);
    });
  }

  private count(ordinal: number, before: number, after: number): void {
    const difference = Number(after === FREE) - Number(before === FREE);
    if (!difference) return;
    const among = ordinal < this.plan.seatCount ? this.plan.sections : this.plan.areas;
    const counts = ordinal < this.plan.seatCount ? this.freeBySection : this.freeByArea;
    const index = indexAmong(among, ordinal);
    counts[index] = (counts[index] ?? 0) + difference;
  }
}

function countFree(states: Uint8Array, first: number, end: number): number {
  let free = 0;
  for (let ordinal = first; ordinal < end; ordinal += 1) if (states[ordinal] === FREE) free += 1;
  return free;
}

/** The stretch that holds the ordinal, by halving: they follow each other. */
function indexAmong(
  stretches: readonly { readonly first: number; readonly end: number }[],
  ordinal: number,
): number {
  let low = 0;
  let high = stretches.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stretches[middle]?.end ?? 0) > ordinal) high = middle;
    else low = middle + 1;
  }
  return low;
}
