/**
 * The time a buyer's places are kept (WCAG 2.2.1): in sight, said aloud at five, two and one minute,
 * longer by one press, and nothing on the page is lost when it ends.
 */

import { startClock } from "./clock.js";

const SAID_AT = new Set([300, 120, 60]);
const SHORT = 120;

export function startTimer(element) {
  const words = element.dataset;
  const voice = element.querySelector("[data-announce]");
  const form = element.querySelector("[data-extend]");
  const kept = element.querySelector("[data-timer-words]").textContent;
  const say = (text) => {
    voice.textContent = text;
  };
  const tick = (left) => {
    element.classList.toggle("is-short", left <= SHORT);
    if (SAID_AT.has(left)) {
      say(left === 60 ? words.textLast : words.textLeft.replace("%s", String(left / 60)));
    }
  };
  const over = () => {
    element.classList.remove("is-short");
    element.classList.add("is-over");
    element.querySelector("[data-timer-next]")?.removeAttribute("hidden");
    element.querySelector("[data-timer-words]").textContent = words.textOver;
    element.querySelector("[data-clock]").hidden = true;
    if (form) form.hidden = true;
    say(words.textOver);
    document.dispatchEvent(new CustomEvent("places:over"));
  };
  let clock = null;
  const run = (seconds) => {
    element.hidden = false;
    element.classList.remove("is-over");
    element.querySelector("[data-timer-words]").textContent = kept;
    element.querySelector("[data-clock]").hidden = false;
    element.querySelector("[data-timer-next]")?.setAttribute("hidden", "");
    if (clock) clock.set(seconds);
    else clock = startClock(element.querySelector("[data-clock]"), seconds, { tick, over });
  };
  if (Number(words.seconds)) run(Number(words.seconds));
  document.addEventListener("places:kept", ({ detail }) => {
    run(detail.seconds_left);
    if (form) form.hidden = !detail.extensions_left;
  });

  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const { seconds_left: left, extensions_left: more } = await answer.json();
      run(left);
      say(words.textMore.replace("%s", String(Math.round(left / 60))));
      if (!more) form.hidden = true;
    } catch {
      say(words.textFailed);
    }
    button.removeAttribute("aria-disabled");
  });
}
