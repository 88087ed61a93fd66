/**
 * The buyer's details: checked as they are typed, once a field has been left, and never lost. What is
 * typed stays in this tab until it has been sent; a shared computer forgets it with the tab.
 */

import { isEmail, isName, likelyEmail } from "./contact.ts";
import { all, fill, find, get } from "./elements.ts";

const DRAFT = "details-draft";

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
      this.check();
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
function suggest(input: HTMLInputElement, pattern: string): void {
  const note = document.createElement("p");
  note.className = "field__hint";
  note.setAttribute("role", "status");
  input.after(note);
  input.addEventListener("blur", () => {
    const meant = likelyEmail(input.value);
    note.replaceChildren();
    if (!meant) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "text-button";
    button.textContent = fill(pattern, meant);
    button.addEventListener("click", () => {
      input.value = meant;
      note.replaceChildren();
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.focus();
    });
    note.append(button);
  });
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
    form.addEventListener("submit", () => sessionStorage.removeItem(DRAFT));
  } catch {
    // A browser that keeps nothing: what was sent is kept by the server all the same.
  }
}

function start(): void {
  const form = get(document, "[data-details]", HTMLFormElement);
  const words = form.dataset;
  keepDraft(form);
  const name = find(form, "#name", HTMLInputElement);
  const email = find(form, "#email", HTMLInputElement);
  if (name) new Field(name, isName, words["saidName"] ?? "");
  if (email) {
    new Field(email, isEmail, words["saidEmail"] ?? "");
    suggest(email, words["saidTypo"] ?? "");
  }
}

start();
