/**
 * The map for the keyboard and the screen reader: one stop for Tab, arrows from seat to seat, rows as
 * rows of a grid. Only the row that one is in is in the document, with some seats on each side: a
 * hall is too large for a document, and nobody hears more than that.
 */

import type { Places } from "../places/places.ts";
import { TYPED } from "../places/typed.ts";
import { type Step, seatNamed, walk } from "../places/walk.ts";
import { type Plan, rowEnd, rowOf, type Section } from "../plan/plan.ts";
import { fullName, longName, type MapWords } from "../words.ts";

export interface GridHost {
  readonly plan: Plan;
  readonly places: Places;
  readonly words: MapWords;
  readonly isShown: (section: Section) => boolean;
  readonly priceOf: (ordinal: number) => number | null;
  readonly noteOf: (ordinal: number) => string;
  /** Where one begins: a good seat that is free. */
  readonly start: () => number;
  readonly choose: (ordinal: number) => void;
  /** The seat of the keyboard is another; -1 when the focus is gone. */
  readonly focused: (ordinal: number) => void;
  readonly leave: () => void;
  readonly zoom: (factor: number) => void;
}

const STEPS: Readonly<Record<string, Step>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  PageUp: "previous-section",
  PageDown: "next-section",
  Home: "row-start",
  End: "row-end",
};
const FAR_STEPS: Readonly<Record<string, Step>> = {
  ArrowUp: "far-up",
  ArrowDown: "far-down",
  Home: "first",
  End: "last",
};
/** So many seats on each side are in the document. */
const REACH = 12;
const PATIENCE_MS = 1200;
const ZOOM = 1.4;

export class Grid {
  readonly element: HTMLElement;
  private readonly host: GridHost;
  private readonly id: string;
  private current = -1;
  private typed = "";
  private forget: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement, host: GridHost, id: string) {
    this.element = element;
    this.host = host;
    this.id = id;
    element.setAttribute("role", "grid");
    element.tabIndex = 0;
    element.setAttribute("aria-label", host.words.map);
    element.setAttribute("aria-multiselectable", "true");
  }

  listen(signal: AbortSignal): void {
    const { element } = this;
    element.addEventListener("keydown", (event) => this.key(event), { signal });
    element.addEventListener("focus", () => this.enter(), { signal });
    element.addEventListener("blur", () => this.host.focused(-1), { signal });
  }

  /** Something changed: the words of what is shown are written again. */
  refresh(): void {
    if (this.current >= 0 && this.element.ownerDocument.activeElement === this.element)
      this.write();
  }

  private enter(): void {
    if (this.current < 0) this.current = this.host.start();
    if (this.current < 0) return;
    this.write();
    // A pointer brings the focus too: it knows where it is.
    if (this.element.matches(":focus-visible")) this.host.focused(this.current);
  }

  private key(event: KeyboardEvent): void {
    if (event.altKey || event.metaKey || this.current < 0) return;
    const isFar = event.ctrlKey || event.shiftKey;
    // The map is not mirrored: left is left in every language.
    const step = (isFar && FAR_STEPS[event.key]) || STEPS[event.key];
    if (step) {
      // Whoever moves on has stopped typing.
      this.typed = "";
      this.goTo(walk(this.host.plan, this.current, step, this.host.isShown));
    } else if (!this.command(event.key) && !this.typeIn(event)) {
      return;
    }
    event.preventDefault();
  }

  private command(key: string): boolean {
    if (key === "Enter" || key === " ") {
      this.typed = "";
      this.host.choose(this.current);
    } else if (key === "Escape") this.host.leave();
    else if (key === "+" || key === "=") this.host.zoom(ZOOM);
    else if (key === "-" && !this.typed) this.host.zoom(1 / ZOOM);
    else return false;
    return true;
  }

  private typeIn(event: KeyboardEvent): boolean {
    const isLetter = !event.ctrlKey && TYPED.test(event.key);
    if (isLetter) this.type(event.key);
    return isLetter;
  }

  private type(key: string): void {
    clearTimeout(this.forget);
    this.forget = setTimeout(() => {
      this.typed = "";
    }, PATIENCE_MS);
    this.typed += key;
    const seat = seatNamed(this.host.plan, this.current, this.typed);
    if (seat !== undefined) this.goTo(seat);
  }

  private goTo(seat: number): void {
    this.current = seat;
    this.write();
    this.host.focused(seat);
  }

  private write(): void {
    const { plan, words } = this.host;
    const row = rowOf(plan, this.current);
    const [first, end] = [plan.rowFirst[row] ?? 0, rowEnd(plan, row)];
    const line = this.element.ownerDocument.createElement("div");
    line.setAttribute("role", "row");
    const from = Math.max(first, this.current - REACH);
    const to = Math.min(end, this.current + REACH + 1);
    for (let seat = from; seat < to; seat += 1) line.append(this.cell(seat, first));
    this.element.setAttribute("aria-rowcount", String(plan.rowFirst.length));
    this.element.setAttribute("aria-colcount", String(end - first));
    line.setAttribute("aria-rowindex", String(row + 1));
    line.setAttribute("aria-label", longName(plan, words, this.current));
    this.element.replaceChildren(line);
    this.element.setAttribute("aria-activedescendant", `${this.id}-${this.current}`);
  }

  private cell(seat: number, first: number): HTMLElement {
    const { plan, words, places } = this.host;
    const cell = this.element.ownerDocument.createElement("span");
    cell.id = `${this.id}-${seat}`;
    cell.setAttribute("role", "gridcell");
    cell.setAttribute("aria-colindex", String(seat - first + 1));
    const look = places.look(seat);
    cell.setAttribute("aria-selected", String(look === "mine"));
    if (look !== "free" && look !== "mine") cell.setAttribute("aria-disabled", "true");
    cell.textContent = fullName(
      plan,
      words,
      seat,
      this.host.priceOf(seat),
      look,
      this.host.noteOf(seat),
    );
    return cell;
  }
}
