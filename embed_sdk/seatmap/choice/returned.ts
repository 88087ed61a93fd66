/**
 * Places that the buyer has just given back. They are shown as free at once. News that somebody
 * holds one may be of the buyer's own hold and only late, so it is kept back for a moment.
 */

import type { Change } from "../live/feed.ts";
import { FREE, HELD } from "../places/places.ts";

export class Returned {
  /** By ordinal: whether it was said to be held since it was given back. */
  private readonly held = new Map<number, boolean>();

  add(ordinals: readonly number[]): void {
    for (const ordinal of ordinals) this.held.set(ordinal, false);
  }

  /** Returns the changes to show now. */
  sift(changes: readonly Change[]): readonly Change[] {
    if (!this.held.size) return changes;
    return changes.filter(([ordinal, state]) => !this.isHeldBack(ordinal, state));
  }

  /** The same for all places: those that were given back are free in the snapshot that is returned. */
  siftAll(states: Uint8Array): Uint8Array {
    const sifted = states.slice();
    for (const ordinal of [...this.held.keys()]) {
      const state = sifted[ordinal];
      if (state !== undefined && this.isHeldBack(ordinal, state)) sifted[ordinal] = FREE;
    }
    return sifted;
  }

  /** The moment is over, or they are asked for again: returns what was kept back. */
  settle(ordinals: readonly number[]): readonly Change[] {
    const late = ordinals.filter((ordinal) => this.held.get(ordinal));
    for (const ordinal of ordinals) this.held.delete(ordinal);
    return late.map((ordinal) => [ordinal, HELD] as const);
  }

  private isHeldBack(ordinal: number, state: number): boolean {
    if (!this.held.has(ordinal)) return false;
    if (state === HELD) {
      this.held.set(ordinal, true);
      return true;
    }
    // Free or sold: that came after the hold.
    this.held.delete(ordinal);
    return false;
  }
}
