/** Sections and areas say how much is free; gathered, because changes come in swarms. */

import { all, fill, find } from "../elements.ts";
import type { Board } from "./board.ts";
import type { Boxes } from "./boxes.ts";

const PAUSE_MS = 300;

interface StockWords {
  readonly free: string;
  readonly sold_out: string;
}

export class Stock {
  private readonly board: Board;
  private readonly boxes: Boxes;
  private readonly words: StockWords;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(board: Board, boxes: Boxes, words: StockWords) {
    this.board = board;
    this.boxes = boxes;
    this.words = words;
  }

  recount(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      for (const card of all(document, "[data-from]")) this.count(card);
      const line = find(document, "[data-section-free]");
      if (line) line.textContent = fill(this.words.free, this.boxes.countFree(this.board));
    }, PAUSE_MS);
  }

  /** Writes only what is another than before: mostly nothing is, and nothing is laid out anew. */
  private count(card: HTMLElement): void {
    const free = this.board.countFree(Number(card.dataset["from"]), Number(card.dataset["to"]));
    if (card.dataset["now"] === String(free)) return;
    card.dataset["now"] = String(free);
    const line = find(card, "[data-free]");
    if (line) line.textContent = free ? fill(this.words.free, free) : this.words.sold_out;
    card.classList.toggle("is-full", !free);
    card.querySelector("progress")?.setAttribute("value", String(free));
  }
}
