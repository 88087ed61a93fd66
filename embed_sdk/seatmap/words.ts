/** What the map says. Whoever shows it gives the words, in the language of the page. */

import type { Look } from "./places/places.ts";
import { attributesOf, type Plan, rowOf, seatLabel, sectionOf } from "./plan/plan.ts";

export interface MapWords {
  /** An amount in minor units: "€40.00", or the word for nothing to pay. */
  readonly money: (minor: number) => string;
  /** The same as short as it is still right, for a seat's face: "€40". */
  readonly shortMoney: (minor: number) => string;
  /** "123 free" */
  readonly free: (count: number) => string;
  readonly soldOut: string;
  /** "from €40.00" */
  readonly from: (price: string) => string;
  readonly row: (label: string) => string;
  readonly table: (label: string) => string;
  readonly seat: (label: string) => string;
  readonly looks: Readonly<Record<Look, string>>;
  /** By the plan's names of attributes. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Between the parts of a name: ", " */
  readonly comma: string;
  readonly map: string;
  readonly mapHelp: string;
  readonly zoomIn: string;
  readonly zoomOut: string;
  readonly whole: string;
  /** "Show my places" */
  readonly mine: string;
  readonly floors: string;
  readonly allFloors: string;
}

/** "Row C, seat 14": how people call a seat inside its section. */
export function shortName(plan: Plan, words: MapWords, ordinal: number): string {
  const row = rowOf(plan, ordinal);
  const label = plan.rowLabels[row] ?? "";
  const line = plan.rowIsTable[row] ? words.table(label) : words.row(label);
  return [label && line, words.seat(seatLabel(plan, ordinal))].filter(Boolean).join(words.comma);
}

/** "Stalls, row C, seat 14": with its section, where there are several. */
export function longName(plan: Plan, words: MapWords, ordinal: number): string {
  const section = plan.sections.length > 1 ? sectionOf(plan, ordinal)?.label : "";
  return [section, shortName(plan, words, ordinal)].filter(Boolean).join(words.comma);
}

/** "Row C, seat 14, €40.00, restricted view, available": all that the map shows of a seat. */
export function fullName(
  plan: Plan,
  words: MapWords,
  ordinal: number,
  price: number | null,
  look: Look,
  note = "",
): string {
  const attributes = attributesOf(plan, ordinal).map((name) => words.attributes[name] ?? "");
  return [
    shortName(plan, words, ordinal),
    price === null ? "" : words.money(price),
    ...attributes,
    note,
    words.looks[look],
  ]
    .filter(Boolean)
    .join(words.comma);
}
