/**
 * The time a buyer's places are kept (WCAG 2.2.1): in sight, said aloud at five, two and one minute,
 * longer by one press, and nothing on the page is lost when it ends.
 */

import type { Hold } from "../../../embed_sdk/seatmap/live/holds.ts";
import { type Clock, startClock } from "./clock.ts";
import { fill, find, get } from "./elements.ts";

const SAID_AT = new Set([300, 120, 60]);
const SHORT = 120;

declare global {
  interface DocumentEventMap {
    /** The buyer's places are kept so long from now on. */
    "places:kept": CustomEvent<Hold>;
    /** The time is over. */
    "places:over": CustomEvent<null>;
  }
}

export function startTimer(element: HTMLElement): void {
  const timer = new Timer(element);
  const seconds = Number(element.dataset["seconds"]);
  if (seconds) timer.run(seconds);
  document.addEventListener("places:kept", ({ detail }) => {
    timer.run(detail.seconds_left);
    timer.showMore(detail.extensions_left > 0);
  });
}

class Timer {
  private readonly element: HTMLElement;
  private readonly words: HTMLElement;
  private readonly kept: string;
  private readonly shown: HTMLElement;
  private readonly voice: HTMLElement;
  private readonly form: HTMLFormElement | null;
  private clock: Clock | null = null;

  constructor(element: HTMLElement) {
    this.element = element;
    this.words = get(element, "[data-timer-words]");
    this.kept = this.words.textContent ?? "";
    this.shown = get(element, "[data-clock]");
    this.voice = get(element, "[data-announce]");
    this.form = find(element, "[data-extend]", HTMLFormElement);
    this.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.extend();
    });
  }

  run(seconds: number): void {
    this.element.hidden = false;
    this.element.classList.remove("is-over");
    this.words.textContent = this.kept;
    this.shown.hidden = false;
    this.next?.setAttribute("hidden", "");
    if (this.clock) this.clock.set(seconds);
    else
      this.clock = startClock(this.shown, seconds, {
        tick: (left) => this.tick(left),
        over: () => this.over(),
      });
  }

  showMore(isPossible: boolean): void {
    if (this.form) this.form.hidden = !isPossible;
  }

  private get next(): HTMLElement | null {
    return find(this.element, "[data-timer-next]");
  }

  private tick(left: number): void {
    const words = this.element.dataset;
    const isShort = left <= SHORT;
    if (isShort !== this.element.classList.contains("is-short")) {
      this.element.classList.toggle("is-short", isShort);
      this.words.textContent = (isShort && words["textShort"]) || this.kept;
    }
    if (!SAID_AT.has(left)) return;
    this.say(left === 60 ? (words["textLast"] ?? "") : fill(words["textLeft"], left / 60));
  }

  private over(): void {
    const words = this.element.dataset["textOver"] ?? "";
    this.element.classList.remove("is-short");
    this.element.classList.add("is-over");
    this.next?.removeAttribute("hidden");
    this.words.textContent = words;
    this.shown.hidden = true;
    this.showMore(false);
    this.say(words);
    document.dispatchEvent(new CustomEvent("places:over", { detail: null }));
  }

  private say(text: string): void {
    this.voice.textContent = text;
  }

  private async extend(): Promise<void> {
    const { form } = this;
    const button = form && find(form, "button");
    if (!form || !button || button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const hold = (await answer.json()) as Pick<Hold, "seconds_left" | "extensions_left">;
      this.run(hold.seconds_left);
      this.say(fill(this.element.dataset["textMore"], Math.round(hold.seconds_left / 60)));
      if (!hold.extensions_left) form.hidden = true;
    } catch {
      this.say(this.element.dataset["textFailed"] ?? "");
    }
    button.removeAttribute("aria-disabled");
  }
}
