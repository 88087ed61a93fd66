/** What "C14" means that somebody types to jump to a seat. */

/** A row and a seat in it by their labels, in lower case; row "" is the one that one is in, seat "" its first. */
export interface Reading {
  readonly row: string;
  readonly seat: string;
}

/** What may be typed at all. */
export const TYPED = /^[\p{L}\d-]$/u;

/**
 * Gives what the text may mean, the likelier first. Labels of rows and of seats may both have letters
 * and digits, so the rows say where the row ends: "a12" is seat 12 of row A, or the first of row A1
 * where there is one. A dash parts them ("12-4"); digits alone are a seat of the row that one is in.
 */
export function* readingsOf(typed: string, rows: Iterable<string>): Generator<Reading> {
  const text = typed.toLowerCase();
  const dash = text.lastIndexOf("-");
  if (dash >= 0) yield { row: text.slice(0, dash), seat: text.slice(dash + 1) };
  const begun = [...new Set([...rows].map((row) => row.toLowerCase()))]
    .filter((row) => /\D/.test(row) && text.startsWith(row) && (dash < 0 || row.includes("-")))
    .sort((one, other) => other.length - one.length);
  for (const row of begun) yield { row, seat: text.slice(row.length) };
  if (dash < 0) yield { row: "", seat: text };
}
