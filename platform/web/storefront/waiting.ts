/**
 * The waiting room, live. The stream says where one stands and when it is one's turn; without this
 * script the page is fetched again instead. The server decides everything.
 */

import { fill, find, get, numbersOf } from "./elements.ts";
import { type Standing, type WaitWords, waitOf } from "./wait.ts";

/** A screen reader hears of it so seldom; the eye sees every change. */
const QUIET_MS = 60_000;

class Room {
  private readonly element: HTMLElement;
  private readonly words: HTMLElement;
  private readonly said: HTMLElement;
  private readonly broken: HTMLElement;
  private readonly numbers = new Intl.NumberFormat(numbersOf(document.documentElement.lang), {
    useGrouping: true,
  });
  private readonly title = document.title;
  private saidAt = -QUIET_MS;
  private hasBegun = false;

  constructor(element: HTMLElement) {
    this.element = element;
    this.words = get(element, "[data-words]");
    this.said = get(element, "[data-said]");
    this.broken = get(element, "[data-broken]");
  }

  follow(): void {
    const { feed, place } = this.element.dataset;
    const source = new EventSource(`${feed}?place=${encodeURIComponent(place ?? "")}`);
    source.addEventListener("place", (event) => this.show(JSON.parse(event.data) as Standing));
    source.addEventListener("admitted", () => {
      source.close();
      this.goIn();
    });
    source.addEventListener("over", () => {
      source.close();
      // Nobody waits here any more: everybody goes, but not all in one moment.
      setTimeout(() => this.goIn(), Math.random() * 4000);
    });
    source.addEventListener("error", () => {
      this.broken.hidden = false;
      // Refused for good: the page itself knows better, but not for everybody in the same moment.
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(() => location.reload(), 3000 + Math.random() * 7000);
      }
    });
  }

  private show(standing: Standing): void {
    this.broken.hidden = true;
    this.put("waiting", this.numbers.format(standing.waiting));
    if (standing.position === null) return;
    if (!find(this.element, "[data-position]")) {
      // The draw is over: the page has other things to say now.
      location.reload();
      return;
    }
    const position = this.numbers.format(standing.position);
    const wait = waitOf(standing, { ...this.words.dataset } as unknown as WaitWords);
    this.put("position", position);
    this.put("ahead", this.numbers.format(standing.ahead));
    this.put("estimate", wait);
    document.title = `${fill(this.element.dataset["title"], position)} · ${this.title}`;
    this.announce(position, wait);
  }

  private announce(position: string, wait: string): void {
    if (performance.now() - this.saidAt < QUIET_MS) return;
    const { saidMoved, saidFirst } = this.element.dataset;
    const pattern = this.hasBegun ? saidMoved : saidFirst;
    this.said.textContent = fill(pattern, position).replace("%e", () => wait);
    this.saidAt = performance.now();
    this.hasBegun = true;
  }

  private put(name: string, text: string): void {
    const element = find(this.element, `[data-${name}]`);
    if (element && element.textContent !== text) element.textContent = text;
  }

  private goIn(): void {
    this.said.textContent = this.element.dataset["saidIn"] ?? "";
    location.replace(this.element.dataset["enter"] ?? "/");
  }
}

new Room(get(document, "#room")).follow();
// From the back button's cache the line is dead and the place may be another.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
