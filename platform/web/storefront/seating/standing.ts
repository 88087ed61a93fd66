/** Areas: their steppers are as many places as the buyer has there, and change what is held. */

import { all, get } from "../elements.ts";
import type { Board } from "./board.ts";

export interface Standing {
  readonly key: string;
  readonly name: string;
  readonly first: number;
  readonly end: number;
  readonly input: HTMLInputElement;
  /** In minor units. */
  readonly price: number;
}

export function findStanding(form: HTMLFormElement): Standing[] {
  return all(form, "[data-area]").map((card) => {
    const input = get(card, "input", HTMLInputElement);
    return {
      key: card.dataset["area"] ?? "",
      name: card.querySelector("h3")?.textContent ?? "",
      first: Number(card.dataset["from"]),
      end: Number(card.dataset["to"]),
      input,
      price: Number(input.dataset["price"]),
    };
  });
}

/** The places to take and to give back so that the buyer has as many as the stepper says. */
export function wantedChange(
  { first, end, input }: Standing,
  board: Board,
): { readonly add: number[]; readonly drop: number[] } {
  const have = board.mineAmong(first, end);
  const wanted = Math.max(0, Math.floor(Number(input.value) || 0));
  if (wanted < have.length) return { add: [], drop: have.slice(wanted) };
  return { add: board.pickFree(first, end, wanted - have.length), drop: [] };
}

/** Writes what the buyer has into the steppers. */
export function showStanding(standing: readonly Standing[], board: Board): void {
  for (const { first, end, input } of standing) {
    const count = String(board.mineAmong(first, end).length);
    if (input.value === count) continue;
    input.value = count;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
