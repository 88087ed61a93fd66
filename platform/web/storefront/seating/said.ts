/** What the page says aloud and in sight: one line for the ear, a note that goes by itself for the eye. */

import { Refused } from "../../../../embed_sdk/seatmap/live/holds.ts";
import { fill } from "../elements.ts";
import type { PageWords } from "./facts.ts";

const SHOWN_MS = 6000;

export class Voice {
  private readonly said: HTMLElement;
  private readonly toast: HTMLElement;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(said: HTMLElement, toast: HTMLElement) {
    this.said = said;
    this.toast = toast;
  }

  say(text: string): void {
    this.whisper(text);
    this.toast.textContent = text;
    this.toast.hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.toast.hidden = true;
    }, SHOWN_MS);
  }

  /** For the ear alone: the eye sees it on the seat. */
  whisper(text: string): void {
    this.said.textContent = text;
  }
}

/** What a refusal means to the person, in words. */
export function explain(
  error: unknown,
  wanted: readonly number[],
  words: PageWords,
  most: number,
  namesOf: (ordinals: readonly number[]) => string,
): string {
  if (!(error instanceof Refused)) return words.failed;
  if (error.code === "seats_taken") {
    return fill(words.lost, namesOf(error.places) || namesOf(wanted));
  }
  if (error.code === "too_many_places") return fill(words.most, error.problem.most ?? most);
  if (error.code === "none_together") return words.none_together;
  const rule = words.rules[error.code];
  if (rule) return fill(rule, namesOf(error.places));
  return error.problem.title ?? words.failed;
}
