/** What every page of the shop can do with a script: clocks, forms sent once, an order that is awaited. */

import { startClock } from "./clock.ts";
import { all, get } from "./elements.ts";
import { startTimer } from "./timer.ts";

/** Counts down to a moment (a sale that opens), then loads the page again. */
function countDown(element: HTMLElement): void {
  element.hidden = false;
  startClock(get(element, "[data-clock]"), Number(element.dataset["countdown"]), {
    over: () => setTimeout(() => location.reload(), 500 + Math.random() * 1500),
  });
}

/** A form that may be sent once: its button is out of reach until the answer comes. */
function sendOnce(form: HTMLFormElement): void {
  form.addEventListener("submit", (event) => {
    if (form.dataset["sent"]) {
      event.preventDefault();
      return;
    }
    form.dataset["sent"] = "1";
    const button = event.submitter ?? form.querySelector("button");
    button?.classList.add("is-busy");
    button?.setAttribute("aria-disabled", "true");
  });
  // Coming back by the back button finds the form ready again.
  addEventListener("pageshow", () => {
    delete form.dataset["sent"];
    for (const button of all(form, "button")) {
      button.classList.remove("is-busy");
      button.removeAttribute("aria-disabled");
    }
  });
}

/** Asks how the order stands: every second at first, then more and more rarely, for ten minutes. */
async function awaitOrder(element: HTMLElement): Promise<void> {
  const until = Date.now() + 600_000;
  for (let pause = 1000; Date.now() < until; pause = Math.min(pause * 1.25, 10_000)) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    try {
      const answer = await fetch(element.dataset["poll"] ?? "", {
        headers: { Accept: "application/json" },
      });
      const order = answer.ok ? ((await answer.json()) as { readonly look: string }) : null;
      if (order && order.look !== element.dataset["look"]) {
        location.reload();
        return;
      }
    } catch {
      // No connection for a moment: the next round asks again.
    }
  }
}

/** Steps a count up or down within its bounds. */
function stepper(element: HTMLElement): void {
  const input = get(element, "input", HTMLInputElement);
  const buttons = all(element, "[data-step]", HTMLButtonElement);
  const bounds = (): void => {
    for (const button of buttons) {
      const next = Number(input.value) + Number(button.dataset["step"]);
      button.disabled = input.disabled || next < Number(input.min) || next > Number(input.max);
    }
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      input.value = String(Number(input.value || 0) + Number(button.dataset["step"]));
      bounds();
      input.dispatchEvent(new Event("change", { bubbles: true }));
      if (button.disabled) input.focus();
    });
  }
  input.addEventListener("input", bounds);
  bounds();
}

/** What a page before kept in this tab and the server has by now. */
function forget(key: string | undefined): void {
  try {
    sessionStorage.removeItem(key ?? "");
  } catch {
    // A browser that keeps nothing.
  }
}

function start(): void {
  for (const each of all(document, "[data-countdown]")) countDown(each);
  for (const each of all(document, "[data-timer]")) startTimer(each);
  for (const each of all(document, "[data-once]", HTMLFormElement)) sendOnce(each);
  for (const each of all(document, "[data-poll]")) void awaitOrder(each);
  for (const each of all(document, "[data-stepper]")) stepper(each);
  for (const each of all(document, "[data-submit]")) {
    const form = each.closest("form");
    each.addEventListener("change", () => form?.requestSubmit());
  }
  for (const each of all(document, "[data-forget]")) forget(each.dataset["forget"]);
  for (const each of all(document, "[data-print]")) each.addEventListener("click", () => print());
  document.getElementById("problem")?.focus();
}

start();
