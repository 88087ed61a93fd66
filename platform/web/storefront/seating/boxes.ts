/** The rows of a section as boxes to tick: the list view of the seats, made by the server. */

import { all } from "../elements.ts";
import { walkSeats } from "../keys.ts";
import type { Board, BoxLook } from "./board.ts";

export class Boxes {
  private readonly boxes: ReadonlyMap<number, HTMLInputElement>;
  private readonly words: Readonly<Record<BoxLook, string>>;

  constructor(form: HTMLFormElement, words: Readonly<Record<BoxLook, string>>) {
    this.words = words;
    this.boxes = new Map(
      all(form, 'input[name="place"]', HTMLInputElement).map((box) => [Number(box.value), box]),
    );
    for (const box of this.boxes.values()) {
      // aria-disabled, not disabled: the seat stays within reach of the arrows and says that it is taken.
      if (!box.disabled || isOut(box)) continue;
      box.disabled = false;
      box.setAttribute("aria-disabled", "true");
    }
    const seating = form.querySelector(".seating");
    if (this.boxes.size && seating instanceof HTMLElement) walkSeats(seating);
  }

  get ordinals(): number[] {
    return [...this.boxes.keys()];
  }

  /** The seats that are ticked, whatever is known of them. */
  get ticked(): number[] {
    return this.ordinals.filter((ordinal) => this.boxes.get(ordinal)?.checked);
  }

  /** What the page says of the seats, before anything else is known: ordinal and state. */
  *states(): Generator<readonly [ordinal: number, state: number]> {
    for (const [ordinal, box] of this.boxes) {
      if (box.closest(".seat--taken")) yield [ordinal, 1];
      if (box.closest(".seat--closed")) yield [ordinal, 4];
    }
  }

  /** "Row C, seat 14", of a seat that is on this page. */
  name(ordinal: number): string {
    return this.boxes.get(ordinal)?.dataset["name"] ?? "";
  }

  /** What the seat's name ends with: "taken". */
  state(ordinal: number): string {
    const seat = this.boxes.get(ordinal)?.parentElement;
    return seat ? this.words[lookOf(seat)] : "";
  }

  /** The letter of a seat's zone. */
  zone(ordinal: number): string {
    return /zone-(\w+)/.exec(this.boxes.get(ordinal)?.parentElement?.className ?? "")?.[1] ?? "";
  }

  refresh(board: Board, ordinals: Iterable<number>): void {
    for (const ordinal of ordinals) {
      const box = this.boxes.get(ordinal);
      if (box && !isOut(box)) this.show(box, board.look(ordinal));
    }
  }

  mark(ordinals: readonly number[], name: "is-busy" | "is-lost", isSet: boolean): void {
    for (const ordinal of ordinals) {
      this.boxes.get(ordinal)?.parentElement?.classList.toggle(name, isSet);
    }
  }

  countFree(board: Board): number {
    return this.ordinals.filter((ordinal) => board.isFree(ordinal)).length;
  }

  /** Shows a seat's state: its look, its name, whether it can be chosen. */
  private show(box: HTMLInputElement, look: BoxLook): void {
    box.checked = look === "mine";
    const seat = box.parentElement;
    if (!seat) return;
    const before = lookOf(seat);
    if (before === look) return;
    seat.classList.replace(`seat--${before}`, `seat--${look}`);
    const label = box.getAttribute("aria-label") ?? "";
    // In every language the state stands at the end.
    const name = label.slice(0, label.length - this.words[before].length);
    box.setAttribute("aria-label", name + this.words[look]);
    if (look === "free" || look === "mine") box.removeAttribute("aria-disabled");
    else box.setAttribute("aria-disabled", "true");
  }
}

function lookOf(seat: HTMLElement): BoxLook {
  return (/seat--(\w+)/.exec(seat.className)?.[1] ?? "closed") as BoxLook;
}

function isOut(box: HTMLInputElement): boolean {
  return box.dataset["out"] !== undefined;
}
