/** The entry of the seat page: puts its parts together. */

import { find, get, readData } from "./elements.ts";
import { type Facts, moneyOf, type PageWords } from "./seating/facts.ts";
import { Filters } from "./seating/filters.ts";
import { breathe, fetchPlan, Hall, mapWords } from "./seating/hall.ts";
import { SeatPage } from "./seating/page.ts";
import { Voice } from "./seating/said.ts";
import { fetchSights } from "./seating/sights.ts";

const COUNT_KEY = "seats-together";

async function openMap(
  host: HTMLElement,
  page: SeatPage,
  filters: Filters,
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
    page.filter(filters.wanted);
    filters.showCards();
    await hall.painted();
    host.classList.add("is-open");
  } catch {
    // The list below does all that the map does.
    host.hidden = true;
  }
}

/** Shows at once what the filters ask for; where there is no map the page is fetched. */
function listenToFilters(page: SeatPage, filters: Filters, hasMap: boolean): void {
  filters.listen((form) => {
    if (hasMap) {
      page.filter(filters.wanted);
      filters.showCards();
    } else if (form.matches("[data-filter]")) form.requestSubmit();
  });
}

function listenToFinder(page: SeatPage, filters: Filters, counter: HTMLSelectElement | null): void {
  const form = find(document, "[data-finder]", HTMLFormElement);
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const section = find(form, '[name="section"]', HTMLInputElement)?.value ?? "";
    void page.find(Number(counter?.value ?? 2), filters.wanted, section);
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
  const filters = new Filters(document, facts.zones);
  listenToFilters(page, filters, host !== null);
  listenToFinder(page, filters, counter);
  // Without them the places are sold as well.
  if (facts.sights_url)
    fetchSights(facts.sights_url).then(
      (sights) => page.know(sights),
      () => {},
    );
  if (host) void openMap(host, page, filters, facts, words, money);
  // A wide hall begins in the middle, where people want to sit.
  const hall = find(document, "[data-middle]");
  if (hall) hall.scrollLeft = (hall.scrollWidth - hall.clientWidth) / 2;
  // From the back button's cache the page is old in every way.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}

start();
