/** What the buyer wants to see: the filters of the page, in its own words and in the plan's. */

import type { Zone } from "../../../../embed_sdk/seatmap/paint/scene.ts";

export interface Wanted {
  /** A zone's letter, or the most that a place may cost in minor units; "" for any. */
  readonly price: string;
  /** What is needed of a seat: an attribute of the plan's; "" for nothing. */
  readonly need: string;
}

/** Seats for wheelchairs are asked for together with those beside them. */
const WHEELCHAIR = "wheelchair";

/** Which zones are wanted, by their index; null for all. */
export function zonesWanted(zones: readonly Zone[], price: string): ReadonlySet<number> | null {
  if (!price) return null;
  const most = /^\d+$/.test(price) ? Number(price) : null;
  const isWanted = ({ letter, price: own }: Zone): boolean =>
    most === null ? letter === price : own !== null && own <= most;
  return new Set(zones.flatMap((zone, index) => (isWanted(zone) ? [index] : [])));
}

/** The attributes of which a seat must have one; none for any seat. */
export function attributesWanted(need: string): readonly string[] {
  if (!need) return [];
  return need === WHEELCHAIR ? [WHEELCHAIR, "companion"] : [need];
}

/** The same as the live process is asked (`docs/seat-rules.md`). */
export function wishOf(
  zones: readonly Zone[],
  { price, need }: Wanted,
): {
  readonly zone?: string;
  readonly price_most?: number;
  readonly accessible?: boolean;
  readonly attribute?: string;
} {
  const zone = zones.find(({ letter }) => letter === price);
  return {
    ...(zone ? { zone: zone.key } : price ? { price_most: Number(price) } : {}),
    ...(need === WHEELCHAIR ? { accessible: true } : need ? { attribute: need } : {}),
  };
}
