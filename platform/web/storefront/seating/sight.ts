/** The view from the seat that was chosen last: a small picture in the tray that opens a large one. */

import { fill, find, get } from "../elements.ts";
import type { Sights } from "./sights.ts";

export class SightButton {
  private readonly button: HTMLButtonElement;
  private readonly dialog: HTMLDialogElement;
  private readonly pattern: string;
  private readonly nameOf: (ordinal: number) => string;
  private sights: Sights | null = null;
  private ordinal = -1;

  /** Null where the page has no place for it. `pattern` names the button: "The view from %s". */
  static on(page: Document, pattern: string, nameOf: (ordinal: number) => string) {
    const button = find(page, "[data-sight]", HTMLButtonElement);
    const dialog = find(page, "[data-sight-dialog]", HTMLDialogElement);
    return button && dialog ? new SightButton(button, dialog, pattern, nameOf) : null;
  }

  private constructor(
    button: HTMLButtonElement,
    dialog: HTMLDialogElement,
    pattern: string,
    nameOf: (ordinal: number) => string,
  ) {
    this.button = button;
    this.dialog = dialog;
    this.pattern = pattern;
    this.nameOf = nameOf;
    button.addEventListener("click", () => this.open());
    // Beside the dialog is outside of it.
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }

  know(sights: Sights): void {
    this.sights = sights;
  }

  /** Offers the view from this place; from none with -1. */
  show(ordinal: number): void {
    this.ordinal = ordinal;
    const picture = this.sights?.pictureOf(ordinal) ?? null;
    const name = this.nameOf(ordinal);
    // A page of one section knows no names of others.
    this.button.hidden = !picture || !name;
    if (!picture || !name) return;
    const image = new Image(64, 48);
    image.src = picture.small;
    image.alt = "";
    this.button.replaceChildren(image);
    this.button.setAttribute("aria-label", fill(this.pattern, name));
  }

  private open(): void {
    const picture = this.sights?.pictureOf(this.ordinal);
    if (!picture) return;
    const { dialog } = this;
    get(dialog, "[data-sight-title]").textContent = this.nameOf(this.ordinal);
    const image = get(dialog, "[data-sight-picture]", HTMLImageElement);
    image.width = picture.width;
    image.height = picture.height;
    image.src = picture.large;
    image.alt = picture.alt;
    const note = get(dialog, "[data-sight-note]");
    note.textContent = this.sights?.notesOf(this.ordinal).join(" · ") ?? "";
    note.hidden = !note.textContent;
    dialog.showModal();
  }
}
