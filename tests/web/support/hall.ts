/** A small hall in the compact form, made byte by byte as `docs/plan-format.md` says. */

import { decode } from "../../../embed_sdk/seatmap/plan/decode.ts";
import type { Plan } from "../../../embed_sdk/seatmap/plan/plan.ts";

export interface HallRow {
  readonly section: number;
  readonly label: string;
  readonly isTable?: boolean;
  readonly seats: readonly HallSeat[];
}

export interface HallSeat {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly category?: number;
  /** Bit n is the attribute n; bit 15 an aisle before. */
  readonly attributes?: number;
}

export interface HallDraft {
  readonly rows: readonly HallRow[];
  readonly head: Readonly<Record<string, unknown>>;
  readonly standing?: number;
}

export const AISLE = 0x8000;
export const WHEELCHAIR = 1;

/** Two sections: stalls of two rows with an aisle, a balcony of one; and a floor of ten places. */
export function twoSections(): HallDraft {
  const row = (section: number, label: string, y: number, count: number): HallRow => ({
    section,
    label,
    seats: Array.from({ length: count }, (_, index) => ({
      x: 100 + 50 * index + (index >= 4 ? 60 : 0),
      y,
      label: String(index + 1),
      category: section,
      attributes: index === 4 ? AISLE : 0,
    })),
  });
  return {
    rows: [row(0, "A", 200, 8), row(0, "B", 280, 8), row(1, "C", 500, 4)],
    standing: 10,
    head: {
      name: "Hall",
      size: { width: 1000, height: 1000 },
      seat_size: 42,
      focal_point: [300, 0],
      categories: [
        { key: "stalls", name: "Stalls", colour: "#112233" },
        { key: "balcony", name: "Balcony", colour: "#445566" },
      ],
      floors: [
        { key: "ground", label: "Ground" },
        { key: "up", label: "Up" },
      ],
      sections: [
        { key: "s", label: "Stalls", floor: "ground" },
        { key: "b", label: "Balcony", floor: "up" },
      ],
      areas: [
        {
          key: "floor",
          label: "Floor",
          floor: "ground",
          category: "balcony",
          capacity: 10,
          first: 20,
          polygon: [
            [600, 600],
            [900, 600],
            [900, 900],
            [600, 900],
          ],
        },
      ],
      attributes: ["wheelchair", "companion"],
      stage: {
        label: "Stage",
        polygon: [
          [100, 0],
          [500, 0],
          [500, 80],
          [100, 80],
        ],
      },
    },
  };
}

export function encode({ rows, head, standing = 0 }: HallDraft): ArrayBuffer {
  const seats = rows.flatMap((row) => row.seats);
  const labels = [...new Set(seats.map(({ label }) => label))];
  const text = JSON.stringify({
    shapes: [],
    texts: [],
    tables: [],
    ...head,
    rows: rows.map(({ label }) => label),
    labels,
  });
  const json = new TextEncoder().encode(text);
  const padded = new Uint8Array(Math.ceil(json.length / 4) * 4).fill(32);
  padded.set(json);
  const firsts = rows.map((_, index) =>
    rows.slice(0, index).reduce((sum, row) => sum + row.seats.length, 0),
  );
  const sections = head["sections"];
  const header = new DataView(new ArrayBuffer(32));
  [0x45, 0x46, 0x50, 0x4c].forEach((byte, at) => {
    header.setUint8(at, byte);
  });
  header.setUint16(4, 1, true);
  const counts = [seats.length + standing, seats.length, rows.length];
  const sectionCount = Array.isArray(sections) ? sections.length : 0;
  [...counts, sectionCount, padded.length].forEach((count, index) => {
    header.setUint32(8 + 4 * index, count, true);
  });
  const parts = [
    new Uint8Array(header.buffer),
    padded,
    Uint32Array.from(firsts),
    differences(seats.map(({ x }) => Math.round(100 * x))),
    differences(seats.map(({ y }) => Math.round(100 * y))),
    differences(seats.map(({ label }) => labels.indexOf(label))),
    Uint16Array.from(rows.map(({ section }) => section)),
    Uint16Array.from(seats.map(({ attributes }) => attributes ?? 0)),
    Uint8Array.from(rows.map(({ isTable }) => (isTable ? 1 : 0))),
    Uint8Array.from(seats.map(({ category }) => category ?? 255)),
  ];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return whole.buffer;
}

export function hall(draft: HallDraft = twoSections()): Plan {
  return decode(encode(draft));
}

function differences(values: readonly number[]): Int32Array {
  return Int32Array.from(values.map((value, index) => value - (values[index - 1] ?? 0)));
}
