/** What is said of the seat under the pointer or the keyboard. The ear hears it from the grid. */

import type { ScreenPoint } from "../../../../embed_sdk/seatmap/geometry/viewport.ts";
import type { Zone } from "../../../../embed_sdk/seatmap/paint/scene.ts";
import type { Look } from "../../../../embed_sdk/seatmap/places/places.ts";
import { attributesOf, type Plan } from "../../../../embed_sdk/seatmap/plan/plan.ts";
import { longName, type MapWords } from "../../../../embed_sdk/seatmap/words.ts";
import type { Picture } from "./sights.ts";

/** What there is to tell of a seat besides its name. */
export interface TipHost {
  readonly zoneOf: (seat: number) => Zone | undefined;
  readonly notesOf: (seat: number) => readonly string[];
  readonly pictureOf: (seat: number) => Picture | null;
}

export class SeatTip {
  private readonly element: HTMLElement;
  private readonly host: HTMLElement;
  private readonly plan: Plan;
  private readonly words: MapWords;
  private readonly about: TipHost;

  constructor(host: HTMLElement, plan: Plan, words: MapWords, about: TipHost) {
    this.host = host;
    this.plan = plan;
    this.words = words;
    this.about = about;
    this.element = host.ownerDocument.createElement("div");
    this.element.className = "seat-tip";
    this.element.setAttribute("aria-hidden", "true");
    this.element.hidden = true;
    host.append(this.element);
  }

  show(seat: number, at: ScreenPoint, look: Look): void {
    this.element.hidden = seat < 0;
    if (seat < 0) return;
    this.write(seat, look);
    const { clientWidth } = this.host;
    const half = this.element.offsetWidth / 2;
    const x = Math.min(clientWidth - half - 8, Math.max(half + 8, at.x));
    const isBelow = at.y < this.element.offsetHeight + 24;
    this.element.style.setProperty("--x", `${Math.round(x)}px`);
    this.element.style.setProperty("--y", `${Math.round(at.y)}px`);
    this.element.classList.toggle("is-below", isBelow);
  }

  private write(seat: number, look: Look): void {
    const { plan, words } = this;
    const zone = this.about.zoneOf(seat);
    const title = this.line("b", longName(plan, words, seat));
    const price = zone?.price == null ? "" : words.money(zone.price);
    const about = [zone && `${zone.letter} · ${zone.name}`, price].filter(Boolean).join(" · ");
    const notes = [
      ...attributesOf(plan, seat).map((name) => words.attributes[name] ?? ""),
      ...this.about.notesOf(seat),
      look === "free" ? "" : words.looks[look],
    ].filter(Boolean);
    const lines = [title, this.line("span", about)];
    if (notes.length) lines.push(this.line("small", notes.join(words.comma)));
    this.element.replaceChildren(...this.pictureOf(seat), ...lines);
  }

  private pictureOf(seat: number): HTMLElement[] {
    const picture = this.about.pictureOf(seat);
    if (!picture) return [];
    const image = new Image(picture.width, picture.height);
    image.src = picture.small;
    image.alt = "";
    return [image];
  }

  private line(tag: "b" | "span" | "small", text: string): HTMLElement {
    const line = this.host.ownerDocument.createElement(tag);
    line.textContent = text;
    return line;
  }
}
