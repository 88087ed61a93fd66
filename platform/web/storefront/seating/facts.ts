/** What the server tells the seat page, as JSON in the page. */

import type { Zone } from "../../../../embed_sdk/seatmap/paint/scene.ts";
import { numbersOf } from "../elements.ts";

export interface Facts {
  /** Where the live process answers for this performance. */
  readonly base_url: string;
  /** The hold that the buyer has, or "". */
  readonly hold_id: string;
  readonly ordinals: readonly number[];
  /** The most places of one order. */
  readonly most: number;
  /** In minor units, all in, by place that is the buyer's. */
  readonly prices: Readonly<Record<string, number>>;
  readonly currency: string;
  /** Digits after the point. */
  readonly exponent: number;
  readonly plan_url: string;
  /** Pictures and notes of the plan's parts, or "". */
  readonly sights_url: string;
  /** Where a picture under the plan is, with %s for its id. */
  readonly picture_url: string;
  /** In minor units, once for an order that costs something; the total has it. */
  readonly order_fee: number;
  readonly zones: readonly Zone[];
  /** The zones' prices as the page writes them, by minor units. */
  readonly amounts: Readonly<Record<string, string>>;
}

/** The words of the page's script, in the page's language. */
export interface PageWords {
  readonly looks: Readonly<Record<"free" | "mine" | "taken" | "closed" | "out", string>>;
  readonly attributes: Readonly<Record<string, string>>;
  readonly rules: Readonly<Record<string, string>>;
  readonly free: string;
  readonly sold_out: string;
  readonly from_price: string;
  readonly no_price: string;
  readonly row: string;
  readonly table: string;
  readonly seat: string;
  readonly comma: string;
  readonly map: string;
  readonly map_help: string;
  readonly zoom_in: string;
  readonly zoom_out: string;
  readonly whole: string;
  readonly mine: string;
  readonly floors: string;
  readonly all_floors: string;
  readonly view: string;
  readonly lost: string;
  readonly gone: string;
  readonly chosen: string;
  readonly chosen_many: string;
  readonly dropped: string;
  readonly fewer: string;
  readonly most: string;
  readonly none_together: string;
  readonly best: Readonly<Record<"neat" | "together" | "row" | "near", string>>;
  readonly proof: string;
  readonly failed: string;
  readonly offline: string;
  readonly places_none: string;
  readonly place_one: string;
  readonly places_many: string;
}

/** Amounts as the page's language writes them. */
export function moneyOf(
  { currency, exponent, amounts }: Pick<Facts, "currency" | "exponent" | "amounts">,
  language: string,
  noPrice: string,
): (minor: number) => string {
  // Made when the first amount is written: it takes some milliseconds, a phone's many.
  let format: Intl.NumberFormat | null = null;
  return (minor) => {
    if (!minor) return noPrice;
    const known = amounts[minor];
    if (known) return known;
    format ??= new Intl.NumberFormat(numbersOf(language), {
      style: "currency",
      currency,
      // Spanish would leave the point out of four figures, where the server has it.
      useGrouping: true,
    });
    return format.format(minor / 10 ** exponent);
  };
}

/** "€40.00" without the digits after its point where these say nothing: "€40". */
export function shortMoney(amount: string, exponent: number): string {
  return exponent ? amount.replace(new RegExp(`[.,]0{${exponent}}(?!\\d)`), "") : amount;
}
