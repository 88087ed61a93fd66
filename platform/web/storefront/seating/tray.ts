/** The line at the foot: how many places, and what they cost together, with the order's fee. */

import { fill } from "../elements.ts";
import type { PageWords } from "./facts.ts";

export function showTray(
  tray: HTMLElement,
  prices: readonly number[],
  orderFee: number,
  words: Pick<PageWords, "places_none" | "place_one" | "places_many">,
  money: (minor: number) => string,
): void {
  if (!prices.length) {
    tray.textContent = words.places_none;
    return;
  }
  const count = tray.ownerDocument.createElement("b");
  count.textContent =
    prices.length === 1 ? words.place_one : fill(words.places_many, prices.length);
  const total = tray.ownerDocument.createElement("span");
  total.className = "tray__total";
  const places = prices.reduce((sum, price) => sum + price, 0);
  total.textContent = money(places && places + orderFee);
  tray.replaceChildren(count, total);
}
