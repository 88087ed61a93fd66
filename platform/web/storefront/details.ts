/**
 * The buyer's details: checked as they are typed, once a field has been left, and never lost. What is
 * typed stays in this tab until the server has it: the next page forgets it (`data-forget`). A shared
 * computer forgets it with the tab.
 */

import { isEmail, isName, likelyEmail } from "./contact.ts";
import { all, fill, find, get } from "./elements.ts";
import { afterPress, watchPointer } from "./pointer.ts";

const DRAFT = "details-draft";
/** Whoever types on for so long has not finished the address. */
const PAUSE_MS = 700;

class Field {
  readonly input: HTMLInputElement;
  private readonly isGood: (text: string) => boolean;
  private readonly said: string;
  private wasLeft = false;

  constructor(input: HTMLInputElement, isGood: (text: string) => boolean, said: string) {
    this.input = input;
    this.isGood = isGood;
    this.said = said;
    input.addEventListener("blur", () => {
      // Whoever only passes through has made no mistake.
      if (!input.value) return;
      this.wasLeft = true;
      afterPress(document, () => this.check());
    });
    input.addEventListener("input", () => {
      if (this.wasLeft || input.hasAttribute("aria-invalid")) this.check();
    });
  }

  private check(): void {
    const isGood = this.isGood(this.input.value);
    const id = `${this.input.id}-error`;
    let error = document.getElementById(id);
    if (isGood) {
      error?.remove();
      this.input.removeAttribute("aria-invalid");
    } else if (!error) {
      error = document.createElement("p");
      error.className = "field__error";
      error.id = id;
      error.textContent = this.said;
      this.input.after(error);
      this.input.setAttribute("aria-invalid", "true");
    }
    describe(this.input, id, !isGood);
  }
}

/** Names or forgets what describes the field. */
function describe(input: HTMLInputElement, id: string, isThere: boolean): void {
  const ids = new Set((input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  if (isThere) ids.add(id);
  else ids.delete(id);
  if (ids.size) input.setAttribute("aria-describedby", [...ids].join(" "));
  else input.removeAttribute("aria-describedby");
}

/** "Did you mean ada@gmail.com?": a button that writes it. It stops nobody. */
class Suggestion {
  private readonly input: HTMLInputElement;
  private readonly pattern: string;
  private readonly note: HTMLElement;
  private pause: ReturnType<typeof setTimeout> | undefined;
  private shown = "";

  constructor(input: HTMLInputElement, pattern: string) {
    this.input = input;
    this.pattern = pattern;
    this.note = document.createElement("p");
    this.note.className = "field__hint";
    this.note.setAttribute("role", "status");
    input.after(this.note);
    input.addEventListener("input", () => {
      clearTimeout(this.pause);
      // What does not fit any more goes at once.
      if (this.shown && likelyEmail(input.value) !== this.shown) this.show("");
      this.pause = setTimeout(() => this.look(), PAUSE_MS);
    });
    input.addEventListener("blur", () => afterPress(document, () => this.look()));
  }

  private look(): void {
    clearTimeout(this.pause);
    this.show(likelyEmail(this.input.value));
  }

  private show(meant: string): void {
    if (meant === this.shown) return;
    this.shown = meant;
    this.note.replaceChildren();
    if (!meant) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "text-button";
    button.textContent = fill(this.pattern, meant);
    button.addEventListener("click", () => this.take(meant));
    this.note.append(button);
  }

  private take(meant: string): void {
    this.input.value = meant;
    this.show("");
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.input.focus();
  }
}

function keepDraft(form: HTMLFormElement): void {
  const inputs = all(form, "input[id]", HTMLInputElement);
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(DRAFT) ?? "{}");
    const known = new Map(Object.entries((kept ?? {}) as Record<string, unknown>));
    for (const input of inputs) {
      const value = known.get(input.name);
      if (!input.value && typeof value === "string") input.value = value;
    }
    const write = (): void => {
      const draft = Object.fromEntries(inputs.map(({ name, value }) => [name, value]));
      sessionStorage.setItem(DRAFT, JSON.stringify(draft));
    };
    form.addEventListener("input", write);
  } catch {
    // A browser that keeps nothing: what was sent is kept by the server all the same.
  }
}

function start(): void {
  const form = get(document, "[data-details]", HTMLFormElement);
  const words = form.dataset;
  watchPointer(document);
  keepDraft(form);
  const name = find(form, "#name", HTMLInputElement);
  const email = find(form, "#email", HTMLInputElement);
  if (name) new Field(name, isName, words["saidName"] ?? "");
  if (email) {
    new Field(email, isEmail, words["saidEmail"] ?? "");
    new Suggestion(email, words["saidTypo"] ?? "");
  }
}

start();
