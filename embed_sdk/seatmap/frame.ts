/** The map's elements: the canvas, the grid over it, the buttons, the choice of a floor. */

import type { Plan } from "./plan/plan.ts";
import type { MapWords } from "./words.ts";

export interface FrameTarget {
  readonly zoom: (factor: number) => void;
  readonly whole: () => void;
  readonly mine: () => void;
  readonly floor: (key: string) => void;
}

export interface Frame {
  readonly root: HTMLElement;
  /** What pointers touch. */
  readonly surface: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly minimap: HTMLCanvasElement;
  readonly grid: HTMLElement;
  readonly listen: (signal: AbortSignal, target: FrameTarget) => void;
  readonly showFloor: (key: string) => void;
  /** Offers the way to the buyer's seats, while there are some. */
  readonly showMine: (hasSome: boolean) => void;
}

const STEP = 1.7;

export function buildFrame(
  container: HTMLElement,
  plan: Plan,
  words: MapWords,
  floor: string,
  id: string,
): Frame {
  const page = container.ownerDocument;
  const make = <K extends keyof HTMLElementTagNameMap>(
    tag: K,
    name: string,
  ): HTMLElementTagNameMap[K] => {
    const element = page.createElement(tag);
    element.className = name;
    return element;
  };
  const root = make("div", "seatmap");
  const surface = make("div", "seatmap__surface");
  const canvas = make("canvas", "seatmap__canvas");
  canvas.setAttribute("aria-hidden", "true");
  const grid = make("div", "seatmap__grid");
  const help = make("p", "seatmap__help");
  help.id = `${id}-help`;
  help.textContent = words.mapHelp;
  grid.setAttribute("aria-describedby", help.id);
  const minimap = make("canvas", "seatmap__minimap");
  minimap.setAttribute("aria-hidden", "true");
  minimap.hidden = true;
  surface.append(canvas);
  const button = (name: string, label: string, sign: string): HTMLButtonElement => {
    const element = make("button", `seatmap__button seatmap__button--${name}`);
    element.type = "button";
    element.setAttribute("aria-label", label);
    element.title = label;
    element.append(drawSign(page, sign));
    return element;
  };
  const buttons = make("div", "seatmap__buttons");
  const nearer = button("in", words.zoomIn, "M12 5v14M5 12h14");
  const farther = button("out", words.zoomOut, "M5 12h14");
  const whole = button("whole", words.whole, "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5");
  const mine = button(
    "mine",
    words.mine,
    "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18ZM8 12.3l2.8 2.7L16 9.5",
  );
  mine.hidden = true;
  buttons.append(mine, nearer, farther, whole);
  const floors = buildFloors(page, plan, words, floor, id);
  root.append(grid, surface, minimap, buttons, ...(floors ? [floors] : []), help);
  container.append(root);
  return {
    root,
    surface,
    canvas,
    minimap,
    grid,
    listen: (signal, target) => {
      nearer.addEventListener("click", () => target.zoom(STEP), { signal });
      farther.addEventListener("click", () => target.zoom(1 / STEP), { signal });
      whole.addEventListener("click", () => target.whole(), { signal });
      mine.addEventListener("click", () => target.mine(), { signal });
      floors?.addEventListener(
        "change",
        (event) => {
          if (event.target instanceof HTMLInputElement) target.floor(event.target.value);
        },
        { signal },
      );
    },
    showFloor: (key) => {
      for (const input of floors?.querySelectorAll("input") ?? [])
        input.checked = input.value === key;
    },
    showMine: (hasSome) => {
      mine.hidden = !hasSome;
    },
  };
}

function drawSign(page: Document, lines: string): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const sign = page.createElementNS(space, "svg");
  sign.setAttribute("viewBox", "0 0 24 24");
  sign.setAttribute("aria-hidden", "true");
  const path = page.createElementNS(space, "path");
  path.setAttribute("d", lines);
  sign.append(path);
  return sign;
}

function buildFloors(
  page: Document,
  plan: Plan,
  words: MapWords,
  chosen: string,
  id: string,
): HTMLFieldSetElement | null {
  if (plan.floors.length < 2) return null;
  const set = page.createElement("fieldset");
  set.className = "seatmap__floors";
  const legend = page.createElement("legend");
  legend.textContent = words.floors;
  set.append(legend);
  // Where floors lie over each other there is no view of all.
  const all = chosen ? [] : [{ key: "", label: words.allFloors }];
  for (const { key, label } of [...all, ...plan.floors]) {
    const choice = page.createElement("label");
    const input = page.createElement("input");
    input.type = "radio";
    input.name = `${id}-floor`;
    input.value = key;
    input.checked = key === chosen;
    const name = page.createElement("span");
    name.textContent = label;
    choice.append(input, name);
    set.append(choice);
  }
  return set;
}
