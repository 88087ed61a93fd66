/** Everything that a picture of the plan is made from. */

import type { Places } from "../places/places.ts";
import { categoryOf, type Plan, type Section } from "../plan/plan.ts";
import type { MapWords } from "../words.ts";
import type { Backgrounds } from "./backgrounds.ts";
import type { Palette } from "./palette.ts";
import type { Ribbon } from "./ribbons.ts";

/** Places that cost the same. */
export interface Zone {
  /** What programs call it; people read its letter and its name. */
  readonly key: string;
  /** "A", "B", …: told apart by it, not by the colour alone. */
  readonly letter: string;
  readonly name: string;
  /** Keys of the plan's categories. */
  readonly categories: readonly string[];
  /** All in, in minor units; null for what cannot be bought. */
  readonly price: number | null;
}

export interface Scene {
  readonly plan: Plan;
  readonly places: Places;
  readonly zones: readonly Zone[];
  /** Index in `zones` by index of category; -1 for none. */
  readonly zoneOfCategory: Int8Array;
  /** A section's surface; made when it is painted first. */
  readonly ribbonOf: (section: Section) => Ribbon;
  readonly words: MapWords;
  readonly backgrounds: Backgrounds;
  palette: Palette;
  /** A floor's key, or "" for all. */
  floor: string;
}

export function zonesByCategory(plan: Plan, zones: readonly Zone[]): Int8Array {
  const found = new Int8Array(256).fill(-1);
  plan.categories.forEach(({ key }, index) => {
    found[index] = zones.findIndex((zone) => zone.categories.includes(key));
  });
  return found;
}

export function isShown({ floor }: Pick<Scene, "floor">, own: { readonly floor: string }): boolean {
  return !floor || !own.floor || own.floor === floor;
}

/** The zones that occur among the section's seats, in their order. */
export function zonesOf(scene: Scene, section: Section): Zone[] {
  const seen = new Set(scene.ribbonOf(section).bands.map(({ zone }) => zone));
  return scene.zones.filter((_, index) => seen.has(index));
}

/** What the place costs at its zone's price, or null. */
export function priceOf(
  { plan, zones, zoneOfCategory }: Pick<Scene, "plan" | "zones" | "zoneOfCategory">,
  ordinal: number,
): number | null {
  return zones[zoneOfCategory[categoryOf(plan, ordinal)] ?? -1]?.price ?? null;
}
