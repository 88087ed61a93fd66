/** seatchart: a grid of as many seats as are asked for; it knows rows and columns, and no zoom. */

import Seatchart from "seatchart";
import { type BenchSection, offer } from "./subject.ts";

interface Chart {
  readonly setSeat: (index: { row: number; col: number }, seat: { state: string }) => void;
}

async function start(): Promise<void> {
  const sections = (await (await fetch("hall.json")).json()) as readonly BenchSection[];
  const seats = sections.reduce((sum, { rows }) => sum + rows.flat().length, 0);
  const columns = Math.ceil(Math.sqrt(seats));
  const host = document.getElementById("map");
  if (!host) return;
  let chart: Chart | null = null;
  offer({
    load: () => {
      const made: unknown = new Seatchart(host, {
        map: {
          rows: Math.ceil(seats / columns),
          columns,
          seatTypes: { default: { label: "A", cssClass: "a", price: 10 } },
        },
      });
      chart = made as Chart;
    },
    drag: (step) => {
      host.scrollTo(400 + 180 * Math.sin(step / 9), 400 + 120 * Math.sin(step / 13));
    },
    zoom: () => undefined,
    change: (count) => {
      for (let index = 0; index < count; index += 1) {
        const at = { row: Math.floor(index / columns), col: index % columns };
        chart?.setSeat(at, { state: "reserved" });
      }
    },
  });
}

void start();
