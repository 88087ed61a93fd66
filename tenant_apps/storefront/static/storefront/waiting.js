/**
 * The waiting room, live. The stream says where one stands and when it is one's turn; without this
 * script the page is fetched again instead. The server decides everything.
 */

const room = document.getElementById("room");
const said = room.querySelector("[data-said]");
const words = room.querySelector("[data-words]").dataset;
const numbers = new Intl.NumberFormat(document.documentElement.lang);
const title = document.title;
// A screen reader hears of it so seldom; the eye sees every change.
const QUIET_MS = 60_000;
let saidAt = -QUIET_MS;
let hasBegun = false;

/** The wait in words that promise no more than is known. */
function waitOf({ estimate_s: seconds, per_minute: pace }) {
  if (pace === 0) return words.stalled;
  if (seconds === null) return words.unknown;
  if (seconds < 60) return words.short;
  if (seconds >= 3600) return words.long;
  const minutes = Math.round(seconds / 60);
  return minutes === 1 ? words.one : words.many.replace("%s", String(minutes));
}

function put(name, text) {
  const element = room.querySelector(`[data-${name}]`);
  if (element && element.textContent !== text) element.textContent = text;
}

function announce(position, wait) {
  if (performance.now() - saidAt < QUIET_MS) return;
  const pattern = hasBegun ? room.dataset.saidMoved : room.dataset.saidFirst;
  said.textContent = pattern.replace("%s", position).replace("%e", wait);
  saidAt = performance.now();
  hasBegun = true;
}

function show(standing) {
  room.querySelector("[data-broken]").hidden = true;
  put("waiting", numbers.format(standing.waiting));
  if (standing.position === null) return;
  if (!room.querySelector("[data-position]")) {
    // The draw is over: the page has other things to say now.
    location.reload();
    return;
  }
  const position = numbers.format(standing.position);
  const wait = waitOf(standing);
  put("position", position);
  put("ahead", numbers.format(standing.ahead));
  put("estimate", wait);
  document.title = `${room.dataset.title.replace("%s", position)} · ${title}`;
  announce(position, wait);
}

function goIn() {
  said.textContent = room.dataset.saidIn;
  location.replace(room.dataset.enter);
}

function follow() {
  const source = new EventSource(`${room.dataset.feed}?place=${encodeURIComponent(room.dataset.place)}`);
  source.addEventListener("place", (event) => show(JSON.parse(event.data)));
  source.addEventListener("admitted", () => {
    source.close();
    goIn();
  });
  source.addEventListener("over", () => {
    source.close();
    // Nobody waits here any more: everybody goes, but not all in one moment.
    setTimeout(goIn, Math.random() * 4000);
  });
  source.addEventListener("error", () => {
    room.querySelector("[data-broken]").hidden = false;
    // Refused for good: the page itself knows better, but not for everybody in the same moment.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => location.reload(), 3000 + Math.random() * 7000);
    }
  });
}

follow();
// From the back button's cache the line is dead and the place may be another.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
