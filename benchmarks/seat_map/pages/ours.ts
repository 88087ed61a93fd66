/** The seat map on a page of its own: a plan of 100,000 seats, half of them taken. */

import { seatAt } from "../../../embed_sdk/seatmap/geometry/hit.ts";
import type { Zone } from "../../../embed_sdk/seatmap/paint/scene.ts";
import { decode } from "../../../embed_sdk/seatmap/plan/decode.ts";
import { mountSeatmap, type Seatmap } from "../../../embed_sdk/seatmap/seatmap.ts";
import type { MapWords } from "../../../embed_sdk/seatmap/words.ts";
import { offer } from "./subject.ts";

const WORDS: MapWords = {
  money: (minor) => `€${minor / 100}`,
  shortMoney: (minor) => `€${minor / 100}`,
  free: (count) => `${count} free`,
  soldOut: "sold out",
  from: (price) => `from ${price}`,
  row: (label) => `Row ${label}`,
  table: (label) => `Table ${label}`,
  seat: (label) => `seat ${label}`,
  looks: { free: "free", mine: "yours", taken: "taken", closed: "closed", out: "out" },
  attributes: {},
  comma: ", ",
  map: "Map",
  mapHelp: "",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  whole: "Whole",
  mine: "Mine",
  floors: "Floor",
  allFloors: "All",
};

/** Seats of so many pixels: what is drawn at each level. */
const LEVELS: Readonly<Record<string, number>> = { rows: 3.5, seats: 8, labels: 18 };

async function start(): Promise<void> {
  const host = document.getElementById("map");
  if (!host) return;
  const bytes = await (await fetch("plan.efpl")).arrayBuffer();
  const states = (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, (_, index) => ((index * 7919) % 13 < 6 ? 2 : 0));
  let map: Seatmap | null = null;
  const begun = performance.now();
  let plan = decode(bytes);
  const decodedIn = performance.now() - begun;
  const surface = (): HTMLElement | null => host.querySelector(".seatmap__surface");
  const point = (type: string, x: number, y: number): void => {
    surface()?.dispatchEvent(
      new PointerEvent(type, {
        pointerId: 1,
        pointerType: "mouse",
        button: 0,
        clientX: x,
        clientY: y,
        bubbles: true,
      }),
    );
  };
  // The first one: nothing of it has been compiled yet, as in a visitor's browser.
  Object.assign(window, { decodeMs: () => decodedIn });
  offer({
    load: () => {
      plan = decode(bytes);
      const zones = plan.categories.map(
        ({ key, name }, index): Zone => ({
          key,
          letter: "ABCDEFGH"[index % 8] ?? "A",
          name,
          categories: [key],
          price: 4000 + 500 * index,
        }),
      );
      map = mountSeatmap(host, {
        plan,
        zones,
        words: WORDS,
        onSeat: () => undefined,
        onArea: () => undefined,
      });
      map.load(states(plan.placeCount));
      return map.painted();
    },
    drag: (step) => {
      const [x, y] = [innerWidth / 2, innerHeight / 2];
      if (step === 0) point("pointerdown", x, y);
      // Further than what is painted around the screen.
      const [across, down] = [0.7 * innerWidth, 0.5 * innerHeight];
      point("pointermove", x + across * Math.sin(step / 19), y + down * Math.sin(step / 27));
    },
    zoom: (step) => {
      surface()?.dispatchEvent(
        new WheelEvent("wheel", {
          deltaY: Math.floor(step / 20) % 2 ? 40 : -40,
          clientX: innerWidth / 2,
          clientY: innerHeight / 2,
          bubbles: true,
          cancelable: true,
        }),
      );
    },
    change: (count) => {
      const first = Math.floor(plan.seatCount / 2) - count / 2;
      map?.apply(
        Array.from({ length: count }, (_, index) => {
          const ordinal = first + index;
          return [ordinal, map?.places.stateOf(ordinal) ? 0 : 2] as const;
        }),
      );
    },
    pixels: () => {
      const canvas = host.querySelector("canvas");
      return canvas ? Math.round((10 * canvas.width) / canvas.clientWidth) / 10 : Number.NaN;
    },
    hits: (count) => {
      const points = Array.from({ length: count }, (_, index) => ({
        x: ((index * 7919) % plan.width) + 0.5,
        y: ((index * 104_729) % plan.height) + 0.5,
      }));
      const begun = performance.now();
      let found = 0;
      for (const each of points) if (seatAt(plan, each, 40, () => true) >= 0) found += 1;
      Object.assign(window, { found });
      return (performance.now() - begun) / count;
    },
    goTo: (level) => {
      point("pointerup", innerWidth / 2, innerHeight / 2);
      map?.showWhole();
      const size = LEVELS[level];
      if (size) map?.showSeats([Math.floor(plan.seatCount / 2)], size);
    },
  });
}

void start();
