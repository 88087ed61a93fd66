/** @alisaitteke/seatmap-canvas: the same hall, as many of its seats as are asked for. */

import { SeatMapCanvas } from "@alisaitteke/seatmap-canvas";
import { type BenchSection, offer } from "./subject.ts";

interface Blocks {
  readonly data: { readonly replaceData: (blocks: unknown) => void };
}

async function start(): Promise<void> {
  const sections = (await (await fetch("hall.json")).json()) as readonly BenchSection[];
  let id = 0;
  const blocks = sections.map((section, index) => ({
    id: index + 1,
    title: section.label,
    color: "#2c2828",
    labels: [],
    seats: section.rows.flat().map(({ x, y }, seat) => {
      id += 1;
      return {
        id,
        title: String(seat + 1),
        x,
        y,
        salable: id % 2 === 0,
        note: "",
        custom_data: {},
      };
    }),
  }));
  let map: Blocks | null = null;
  const svg = (): Element | null => document.querySelector("#map svg");
  const mouse = (type: string, x: number, y: number): void => {
    svg()?.dispatchEvent(
      new MouseEvent(type, { clientX: x, clientY: y, bubbles: true, view: window, button: 0 }),
    );
  };
  offer({
    load: () => {
      const made: unknown = new SeatMapCanvas("#map", {
        resizable: true,
        legend: false,
        style: { seat: {}, block: {}, legend: {}, label: {}, tooltip: {} },
        lang: {},
      });
      map = made as Blocks;
      map.data.replaceData(blocks);
    },
    drag: (step) => {
      const [x, y] = [innerWidth / 2, innerHeight / 2];
      if (step === 0) mouse("mousedown", x, y);
      window.dispatchEvent(
        new MouseEvent("mousemove", {
          clientX: x + 180 * Math.sin(step / 9),
          clientY: y + 120 * Math.sin(step / 13),
          bubbles: true,
          view: window,
        }),
      );
    },
    zoom: (step) => {
      svg()?.dispatchEvent(
        new WheelEvent("wheel", {
          deltaY: Math.floor(step / 20) % 2 ? 40 : -40,
          clientX: innerWidth / 2,
          clientY: innerHeight / 2,
          bubbles: true,
          cancelable: true,
          view: window,
        }),
      );
    },
    // It has no way to change some seats: the data are given anew.
    change: () => map?.data.replaceData(blocks),
  });
}

void start();
