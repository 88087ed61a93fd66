/** The filters stand twice on the page, beside the prices and beside the search: both say the same. */

import type { Zone } from "../../../../embed_sdk/seatmap/paint/scene.ts";
import { all, find } from "../elements.ts";
import { type Wanted, zonesWanted } from "./wanted.ts";

const NAMES = ["price", "need"] as const;
const FORMS = "[data-filter], [data-finder]";

export class Filters {
  private readonly page: ParentNode;
  private readonly zones: readonly Zone[];

  constructor(page: ParentNode, zones: readonly Zone[]) {
    this.page = page;
    this.zones = zones;
  }

  get wanted(): Wanted {
    const [price = "", need = ""] = NAMES.map((name) => this.selects(name)[0]?.value ?? "");
    return { price, need };
  }

  /** Calls when something else is wanted; the filter that was changed is given. */
  listen(changed: (form: HTMLFormElement) => void): void {
    // A browser that fills in what stood there before may fill in one of them.
    for (const name of NAMES) this.mirror(this.selects(name)[0]);
    for (const form of all(this.page, FORMS, HTMLFormElement)) {
      form.addEventListener("change", ({ target }) => {
        if (!(target instanceof HTMLSelectElement) || !isName(target.name)) return;
        this.mirror(target);
        changed(form);
      });
    }
  }

  /** Hides the sections and areas of the list where nothing is wanted; not those with own places. */
  showCards(): void {
    const { price, need } = this.wanted;
    const wanted = zonesWanted(this.zones, price);
    const letters = wanted && this.zones.filter((_, index) => wanted.has(index));
    let sections = 0;
    for (const card of all(this.page, "[data-zones]")) {
      const own = card.dataset["zones"] ?? "";
      const fits =
        (!letters || letters.some(({ letter }) => own.includes(letter))) &&
        (!need || (card.dataset["needs"] ?? "").split(" ").includes(need));
      card.hidden = !fits && !Number(find(card, "input", HTMLInputElement)?.value);
      if (!card.hidden && card.matches("[data-sections] > *")) sections += 1;
    }
    const none = find(this.page, "[data-no-match]");
    if (none) none.hidden = sections > 0;
  }

  private mirror(changed: HTMLSelectElement | undefined): void {
    if (!changed) return;
    for (const other of this.selects(changed.name)) other.value = changed.value;
  }

  private selects(name: string): HTMLSelectElement[] {
    return all(this.page, FORMS).flatMap((form) => {
      const select = find(form, `select[name="${name}"]`, HTMLSelectElement);
      return select ? [select] : [];
    });
  }
}

function isName(name: string): boolean {
  return NAMES.some((each) => each === name);
}
