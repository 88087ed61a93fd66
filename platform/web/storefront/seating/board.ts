/** All places of the performance as the page knows them: what can be had, and what is the buyer's. */

import type { Change } from "../../../../embed_sdk/seatmap/live/feed.ts";
import { CLOSED, FREE } from "../../../../embed_sdk/seatmap/places/places.ts";

export type BoxLook = "free" | "mine" | "taken" | "closed";

export class Board {
  readonly mine: Set<number>;
  private states: Uint8Array;

  /** `states` is what the page itself says, until the first snapshot comes. */
  constructor(mine: readonly number[], states: Uint8Array) {
    this.mine = new Set(mine);
    this.states = states;
  }

  load(states: Uint8Array): void {
    this.states = states;
  }

  apply(changes: readonly Change[]): void {
    for (const [ordinal, state] of changes) this.states[ordinal] = state;
  }

  isFree(ordinal: number): boolean {
    return this.states[ordinal] === FREE;
  }

  stateOf(ordinal: number): number {
    return this.states[ordinal] ?? CLOSED;
  }

  look(ordinal: number): BoxLook {
    if (this.mine.has(ordinal)) return "mine";
    const state = this.states[ordinal];
    if (state === FREE) return "free";
    return state === CLOSED ? "closed" : "taken";
  }

  countFree(from: number, to: number): number {
    let free = 0;
    for (let ordinal = from; ordinal < to; ordinal += 1)
      if (this.states[ordinal] === FREE) free += 1;
    return free;
  }

  mineAmong(from: number, to: number): number[] {
    return [...this.mine]
      .filter((ordinal) => ordinal >= from && ordinal < to)
      .sort((a, b) => a - b);
  }

  /** `count` free places of a stretch, from somewhere on: a crowd does not run for the same ones. */
  pickFree(from: number, to: number, count: number): number[] {
    const length = to - from;
    const start = Math.floor(Math.random() * length);
    const found: number[] = [];
    for (let step = 0; step < length && found.length < count; step += 1) {
      const ordinal = from + ((start + step) % length);
      if (this.isFree(ordinal) && !this.mine.has(ordinal)) found.push(ordinal);
    }
    return found;
  }
}
