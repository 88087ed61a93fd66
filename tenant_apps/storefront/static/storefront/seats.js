/**
 * Choosing places, live. Without this script the form sends the ticked seats; with it a seat is held
 * the moment it is chosen, and what others take is shown and said. The server decides everything.
 */

import { walkSeats } from "./keys.js";
import { follow, liveAt, newHoldId, Refused } from "./live.js";

const FREE = 0;
const CLOSED = 4;

const facts = JSON.parse(document.getElementById("live").textContent);
const live = liveAt(facts.base_url, () => say(words.textProof));
const form = document.getElementById("choice");
const words = form.dataset;
const said = document.querySelector("[data-said]");
const toast = document.querySelector("[data-toast]");
const tray = document.querySelector("[data-tray-words]");
const mine = new Set(facts.ordinals);
const boxes = new Map(
  [...form.querySelectorAll('input[name="place"]')].map((box) => [Number(box.value), box]),
);
// Until the first snapshot comes, what the page itself says.
let states = new Uint8Array(Math.max(0, ...boxes.keys()) + 1);
for (const [ordinal, box] of boxes) {
  if (box.closest(".seat--taken")) states[ordinal] = 1;
  if (box.closest(".seat--closed")) states[ordinal] = CLOSED;
}
// Ticked seats that a rule refuses until others join them.
const waiting = new Set();
let hold = facts.hold_id;
let queue = Promise.resolve();
let busy = 0;
let hideToast = 0;

const wordOf = { free: words.wordFree, mine: words.wordMine, taken: words.wordTaken, closed: words.wordClosed };

function say(text) {
  said.textContent = text;
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(hideToast);
  hideToast = setTimeout(() => (toast.hidden = true), 6000);
}

function nameOf(box) {
  return box.getAttribute("aria-label").split(", ").slice(0, 2).join(", ");
}

/** Shows a seat's state: its look, its name, whether it can be chosen. */
function show(box, state) {
  const seat = box.parentElement;
  const before = /seat--(\w+)/.exec(seat.className)?.[1];
  if (before === state) return;
  seat.classList.replace(`seat--${before}`, `seat--${state}`);
  const label = box.getAttribute("aria-label");
  box.setAttribute("aria-label", label.slice(0, label.lastIndexOf(", ") + 2) + wordOf[state]);
  box.checked = state === "mine";
  // aria-disabled, not disabled: the seat stays within reach of the arrows and says that it is taken.
  if (state === "free" || state === "mine") box.removeAttribute("aria-disabled");
  else box.setAttribute("aria-disabled", "true");
}

function stateOf(ordinal) {
  if (mine.has(ordinal)) return "mine";
  if (states[ordinal] === FREE) return "free";
  return states[ordinal] === CLOSED ? "closed" : "taken";
}

function refresh(ordinal) {
  const box = boxes.get(ordinal);
  if (box && !("out" in box.dataset)) show(box, stateOf(ordinal));
}

function countFree(from, to) {
  let free = 0;
  for (let ordinal = from; ordinal < to; ordinal += 1) free += states[ordinal] === FREE ? 1 : 0;
  return free;
}

/** Sections and areas say how much is free; gathered, because changes come in swarms. */
let counting = 0;
function recount() {
  if (counting) return;
  counting = setTimeout(() => {
    counting = 0;
    const list = document.querySelector("[data-sections]");
    for (const card of document.querySelectorAll("[data-from]")) {
      const free = countFree(Number(card.dataset.from), Number(card.dataset.to));
      const text = (list ?? form).dataset;
      card.querySelector("[data-free]").textContent = free
        ? text.textFree.replace("%s", String(free))
        : text.textFull;
      card.classList.toggle("is-full", !free);
      card.querySelector("progress")?.setAttribute("value", String(free));
    }
    const line = document.querySelector("[data-section-free]");
    if (line) {
      const free = [...boxes.keys()].filter((ordinal) => states[ordinal] === FREE).length;
      line.textContent = line.dataset.textFree.replace("%s", String(free));
    }
  }, 300);
}

function showTray() {
  const areas = [...form.querySelectorAll("[data-stepper] input")];
  const already = facts.area_ordinals.length;
  const standing = areas.length ? areas.reduce((sum, input) => sum + Number(input.value), 0) : already;
  const chosen = [...mine].filter((ordinal) => !facts.area_ordinals.includes(ordinal));
  const count = chosen.length + standing;
  const prices = chosen.map((ordinal) => facts.prices[ordinal] ?? priceOnPage(ordinal));
  for (const input of areas) prices.push(Number(input.dataset.price) * Number(input.value));
  if (!areas.length) for (const ordinal of facts.area_ordinals) prices.push(facts.prices[ordinal]);
  const text = tray.dataset;
  if (!count) {
    tray.textContent = text.textNone;
    return;
  }
  const bold = document.createElement("b");
  bold.textContent = count === 1 ? text.textOne : text.textMany.replace("%s", String(count));
  const total = document.createElement("span");
  total.className = "tray__total";
  total.textContent = inMoney(prices.reduce((sum, price) => sum + (price || 0), 0));
  tray.replaceChildren(bold, total);
}

function priceOnPage(ordinal) {
  const zone = /zone-(\w+)/.exec(boxes.get(ordinal)?.parentElement.className ?? "")?.[1];
  return facts.zone_prices[zone];
}

function inMoney(amount) {
  const format = new Intl.NumberFormat(document.documentElement.lang, {
    style: "currency",
    currency: facts.currency,
  });
  return format.format(amount / 10 ** facts.exponent);
}

function keep(answer) {
  if (!answer) {
    hold = "";
    return;
  }
  hold = answer.hold;
  document.dispatchEvent(new CustomEvent("places:kept", { detail: answer }));
}

async function take(ordinal) {
  const wanted = [...waiting, ordinal];
  await takeAll(wanted);
  waiting.clear();
  for (const each of wanted) states[each] = 1;
}

async function takeAll(wanted) {
  if (!hold) {
    keep(await live.hold(newHoldId(), wanted));
    return;
  }
  try {
    keep(await live.change(hold, wanted, []));
  } catch (refusal) {
    if (!(refusal instanceof Refused) || !LAPSED.has(refusal.code)) throw refusal;
    // The time was over: these seats start a new reservation.
    for (const each of mine) if (!wanted.includes(each)) lose(each);
    keep(await live.hold(newHoldId(), wanted));
  }
}

const LAPSED = new Set(["hold_lapsed", "no_such_hold"]);

async function giveBack(ordinal) {
  if (waiting.delete(ordinal) || !hold) return;
  try {
    const others = [...mine].some((each) => each !== ordinal && !waiting.has(each));
    keep(others ? await live.change(hold, [], [ordinal]) : await live.release(hold));
  } catch (refusal) {
    if (!(refusal instanceof Refused) || !LAPSED.has(refusal.code)) throw refusal;
    keep(null);
  }
}

function lose(ordinal) {
  mine.delete(ordinal);
  refresh(ordinal);
}

// Each rule's words are under its code.
const isRule = (error) => error instanceof Refused && error.code in words;

function namesOf(ordinals) {
  return ordinals.filter((each) => boxes.has(each)).map((each) => nameOf(boxes.get(each))).join("; ");
}

/** What a refusal means to the person, in words. */
function explain(error, box) {
  if (!(error instanceof Refused)) return words.textFailed;
  if (error.code === "seats_taken") {
    return words.textLost.replace("%s", namesOf(error.problem.places) || nameOf(box));
  }
  if (error.code === "too_many_places") {
    return words.textMost.replace("%s", String(error.problem.most ?? facts.most));
  }
  if (isRule(error)) return words[error.code].replace("%s", namesOf(error.problem.places));
  return error.problem.title ?? words.textFailed;
}

function choose(box) {
  const ordinal = Number(box.value);
  const wanted = box.checked;
  if (wanted) mine.add(ordinal);
  else mine.delete(ordinal);
  show(box, wanted ? "mine" : "free");
  showTray();
  busy += 1;
  queue = queue.then(async () => {
    box.parentElement.classList.add("is-busy");
    try {
      await (wanted ? take(ordinal) : giveBack(ordinal));
      states[ordinal] = wanted ? 1 : FREE;
    } catch (error) {
      if (wanted && isRule(error)) waiting.add(ordinal);
      else if (wanted) mine.delete(ordinal);
      else mine.add(ordinal);
      if (error instanceof Refused && error.code === "seats_taken") {
        for (const each of error.problem.places) {
          states[each] = 1;
          if (waiting.delete(each)) lose(each);
        }
        if (states[ordinal]) box.parentElement.classList.add("is-lost");
      }
      show(box, stateOf(ordinal));
      say(explain(error, box));
      // The page itself leads to the waiting room.
      if (error instanceof Refused && error.code === "not_admitted") location.reload();
    }
    box.parentElement.classList.remove("is-busy");
    busy -= 1;
    showTray();
  });
}

form.addEventListener("click", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || box.name !== "place") return;
  if (box.getAttribute("aria-disabled")) {
    event.preventDefault();
    say(`${nameOf(box)}: ${box.getAttribute("aria-label").split(", ").at(-1)}`);
  }
});
form.addEventListener("change", (event) => {
  if (event.target.name === "place") choose(event.target);
  else showTray();
});
form.addEventListener("submit", (event) => {
  if (!busy) return;
  event.preventDefault();
  queue.then(() => form.requestSubmit());
});
document.addEventListener("places:over", () => {
  hold = "";
  waiting.clear();
  for (const ordinal of [...mine]) lose(ordinal);
  showTray();
});
// From the back button's cache the page is old in every way.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

for (const box of boxes.values()) {
  if (box.disabled && !("out" in box.dataset)) {
    box.disabled = false;
    box.setAttribute("aria-disabled", "true");
  }
}
// A wide hall begins in the middle, where people want to sit.
const hall = document.querySelector("[data-middle]");
if (hall) hall.scrollLeft = (hall.scrollWidth - hall.clientWidth) / 2;
if (boxes.size) walkSeats(form.querySelector(".seating"));
follow(facts.base_url, {
  all: (snapshot) => {
    states = snapshot;
    for (const ordinal of boxes.keys()) refresh(ordinal);
    recount();
  },
  changed: (changes) => {
    for (const [ordinal, state] of changes) {
      states[ordinal] = state;
      refresh(ordinal);
    }
    recount();
  },
  broken: (isBroken) => document.documentElement.classList.toggle("is-offline", isBroken),
});
