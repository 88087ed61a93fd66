/** The entry of the seat page: puts its parts together. */

import { find, get, readData } from "./elements.ts";
import { type Facts, moneyOf, type PageWords } from "./seating/facts.ts";
import { breathe, fetchPlan, Hall, mapWords, type Wanted } from "./seating/hall.ts";
import { SeatPage } from "./seating/page.ts";
import { Voice } from "./seating/said.ts";
import { fetchSights } from "./seating/sights.ts";

const COUNT_KEY = "seats-together";

async function openMap(
  host: HTMLElement,
  page: SeatPage,
  facts: Facts,
  words: PageWords,
  money: (minor: number) => string,
): Promise<void> {
  try {
    const plan = await fetchPlan(facts.plan_url);
    await breathe();
    const hall = new Hall(host, plan, facts, mapWords(words, money, facts.exponent), {
      onSeat: (ordinal) => page.point(ordinal),
      onArea: (key) => page.stand(key),
    });
    page.open(hall);
    page.filter(readFilter());
    await hall.painted();
    host.classList.add("is-open");
  } catch {
    // The list below does all that the map does.
    host.hidden = true;
  }
}

/** What the filters ask for, wherever on the page they stand. */
function readFilter(): Wanted {
  const form = find(document, "[data-filter]", HTMLFormElement);
  const data = form ? new FormData(form) : new FormData();
  return { zone: String(data.get("zone") ?? ""), accessible: data.get("accessible") !== null };
}

/** Shows at once what the filters ask for; where there is no map the page is fetched. */
function listenToFilter(page: SeatPage, hasMap: boolean): void {
  const form = find(document, "[data-filter]", HTMLFormElement);
  form?.addEventListener("change", () => {
    if (!hasMap) {
      form.requestSubmit();
      return;
    }
    const wanted = readFilter();
    page.filter(wanted);
    for (const card of document.querySelectorAll<HTMLElement>("[data-zones]")) {
      const hasZone = !wanted.zone || (card.dataset["zones"] ?? "").includes(wanted.zone);
      card.hidden = !hasZone || (wanted.accessible && card.dataset["accessible"] === undefined);
    }
  });
}

function listenToFinder(page: SeatPage, counter: HTMLSelectElement | null): void {
  const form = find(document, "[data-finder]", HTMLFormElement);
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const data = new FormData(form);
    const wanted = {
      zone: String(data.get("zone") ?? ""),
      accessible: data.get("accessible") !== null || readFilter().accessible,
    };
    void page.find(Number(counter?.value ?? 2), wanted, String(data.get("section") ?? ""));
  });
}

function rememberCount(counter: HTMLSelectElement): void {
  try {
    const known = sessionStorage.getItem(COUNT_KEY);
    if (known && [...counter.options].some(({ value }) => value === known)) counter.value = known;
    counter.addEventListener("change", () => sessionStorage.setItem(COUNT_KEY, counter.value));
  } catch {
    // A browser that keeps nothing: the page begins with two, as without this.
  }
}

function start(): void {
  const form = get(document, "#choice", HTMLFormElement);
  const counter = find(document, "[data-together]", HTMLSelectElement);
  if (counter) rememberCount(counter);
  const facts = readData<Facts>("live");
  const words = readData<PageWords>("words");
  const money = moneyOf(facts, document.documentElement.lang, words.no_price);
  const page = new SeatPage(facts, words, {
    form,
    money,
    tray: get(document, "[data-tray-words]"),
    voice: new Voice(get(document, "[data-said]"), get(document, "[data-toast]")),
    soldOut: find(document, "[data-sold-out]"),
    together: () => Math.min(facts.most, Number(counter?.value ?? 1)),
  });
  page.start();
  const host = find(document, "[data-map]");
  listenToFilter(page, host !== null);
  listenToFinder(page, counter);
  // Without them the places are sold as well.
  if (facts.sights_url)
    fetchSights(facts.sights_url).then(
      (sights) => page.know(sights),
      () => {},
    );
  if (host) void openMap(host, page, facts, words, money);
  // A wide hall begins in the middle, where people want to sit.
  const hall = find(document, "[data-middle]");
  if (hall) hall.scrollLeft = (hall.scrollWidth - hall.clientWidth) / 2;
  // From the back button's cache the page is old in every way.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}

start();
