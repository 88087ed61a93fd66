/** Seats by keyboard: one stop for Tab, arrows between seats, and "C14" typed to jump there. */

import { readingsOf, TYPED } from "../../../embed_sdk/seatmap/places/typed.ts";
import { all } from "./elements.ts";

const PATIENCE_MS = 1200;

interface Row {
  readonly label: string;
  readonly seats: readonly HTMLInputElement[];
}

export function walkSeats(container: HTMLElement): void {
  const rows = all(container, "[data-row]")
    .map(
      (row): Row => ({
        label: (row.dataset["row"] ?? "").toLowerCase(),
        seats: all(row, "input:not(:disabled)", HTMLInputElement),
      }),
    )
    .filter((row) => row.seats.length);
  const seats = rows.flatMap((row) => row.seats);
  const start =
    seats.find((seat) => seat.checked) ??
    seats.find((seat) => !seat.hasAttribute("aria-disabled")) ??
    seats[0];
  if (start) new Walk(container, rows, seats, start).listen();
}

class Walk {
  private readonly container: HTMLElement;
  private readonly rows: readonly Row[];
  private readonly seats: readonly HTMLInputElement[];
  private current: HTMLInputElement;
  private typed = "";
  private forget: ReturnType<typeof setTimeout> | undefined;

  constructor(
    container: HTMLElement,
    rows: readonly Row[],
    seats: readonly HTMLInputElement[],
    start: HTMLInputElement,
  ) {
    this.container = container;
    this.rows = rows;
    this.seats = seats;
    this.current = start;
    for (const seat of seats) seat.tabIndex = seat === start ? 0 : -1;
  }

  listen(): void {
    this.container.addEventListener("keydown", (event) => this.key(event));
    this.container.addEventListener("focusin", ({ target }) => {
      if (target instanceof HTMLInputElement && target !== this.current) this.stand(target);
    });
  }

  private key(event: KeyboardEvent): void {
    const { target, key } = event;
    if (event.altKey || event.metaKey || !(target instanceof HTMLInputElement)) return;
    this.current = target;
    const next = this.move(key, event.ctrlKey);
    if (next !== undefined) {
      event.preventDefault();
      this.goTo(next);
    } else if (key === "Enter") {
      // In a form Enter would send it; on a seat it means this seat.
      event.preventDefault();
      target.click();
    } else if (!event.ctrlKey && TYPED.test(key)) {
      event.preventDefault();
      this.goTo(this.type(key));
    }
  }

  /** The seat that the key leads to, null for none, undefined where the key means something else. */
  private move(key: string, isFar: boolean): HTMLInputElement | null | undefined {
    const row = this.rows[this.row]?.seats ?? [];
    switch (key) {
      case "ArrowRight":
        return row[row.indexOf(this.current) + 1] ?? null;
      case "ArrowLeft":
        return row[row.indexOf(this.current) - 1] ?? null;
      case "ArrowDown":
        return this.down(1);
      case "ArrowUp":
        return this.down(-1);
      case "PageDown":
        return this.down(5);
      case "PageUp":
        return this.down(-5);
      case "Home":
        return (isFar ? this.seats : row)[0] ?? null;
      case "End":
        return (isFar ? this.seats : row).at(-1) ?? null;
      default:
        return undefined;
    }
  }

  private get row(): number {
    return this.rows.findIndex((row) => row.seats.includes(this.current));
  }

  private down(steps: number): HTMLInputElement | null {
    const at = Math.max(0, Math.min(this.rows.length - 1, this.row + steps));
    if (at === this.row) return this.current;
    const x = middle(this.current);
    const seats = this.rows[at]?.seats ?? [];
    return seats.reduce<HTMLInputElement | null>(
      (best, each) =>
        !best || Math.abs(middle(each) - x) < Math.abs(middle(best) - x) ? each : best,
      null,
    );
  }

  private type(key: string): HTMLInputElement | null {
    clearTimeout(this.forget);
    this.forget = setTimeout(() => {
      this.typed = "";
    }, PATIENCE_MS);
    this.typed += key;
    const labels = this.rows.map(({ label }) => label);
    for (const { row, seat } of readingsOf(this.typed, labels)) {
      const at = row ? labels.indexOf(row) : this.row;
      const seats = this.rows[at]?.seats;
      const named = seat ? seats?.find((each) => numberOf(each) === seat) : seats?.[0];
      if (named) return named;
    }
    return null;
  }

  private goTo(seat: HTMLInputElement | null): void {
    if (!seat) return;
    this.stand(seat);
    seat.focus();
  }

  private stand(seat: HTMLInputElement): void {
    this.current.tabIndex = -1;
    seat.tabIndex = 0;
    this.current = seat;
  }
}

function middle(seat: HTMLElement): number {
  const box = seat.getBoundingClientRect();
  return box.left + box.width / 2;
}

function numberOf(seat: HTMLElement): string {
  return seat.parentElement?.querySelector("b")?.textContent?.toLowerCase() ?? "";
}
