/**
 * Reads the compact form of a plan (`docs/plan-format.md`, version 1): a header, a head in JSON,
 * typed arrays of differences. One pass each; 100,000 seats in a few milliseconds.
 */

import { Fault, PlanError } from "./fault.ts";
import { type RawHead, readHead } from "./head.ts";
import type { Box, Plan, Section } from "./plan.ts";

const MAGIC = 0x4546504c; // "EFPL"
const VERSION = 1;
const HEADER_BYTES = 32;
/** What a plan may have at most: the format's own bound. */
const MOST_PLACES = 200_000;

interface Counts {
  readonly places: number;
  readonly seats: number;
  readonly rows: number;
  readonly sections: number;
  readonly headBytes: number;
}

interface Arrays {
  readonly rowFirst: Uint32Array;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly label: Int32Array;
  readonly rowSection: Uint16Array;
  readonly attributes: Uint16Array;
  readonly rowIsTable: Uint8Array;
  readonly category: Uint8Array;
}

/** Returns the plan. Throws PlanError, which names the offset in bytes and the value. */
export function decode(buffer: ArrayBuffer): Plan {
  const reading = read(buffer);
  for (;;) {
    const step = reading.next();
    if (step.done) return step.value;
  }
}

/** The same in steps, with a pause after each: a phone reads a stadium, and still answers a touch. */
export async function decodeGently(buffer: ArrayBuffer, pause: () => Promise<void>): Promise<Plan> {
  const reading = read(buffer);
  for (;;) {
    const step = reading.next();
    if (step.done) return step.value;
    await pause();
  }
}

function* read(buffer: ArrayBuffer): Generator<void, Plan> {
  const counts = readHeader(buffer);
  const raw = readJson(buffer, counts.headBytes);
  yield;
  const arrays = yield* readArrays(buffer, counts);
  checkRows(arrays, counts);
  const head = readHead(raw, counts, arrays.rowIsTable);
  yield;
  checkIndexes(arrays, head.seatLabels.length, head.categories.length, counts);
  yield;
  const rowBoxes = boxesOfRows(arrays, counts);
  const { rawSections, ...rest } = head;
  return {
    ...rest,
    ...arrays,
    placeCount: counts.places,
    seatCount: counts.seats,
    rowBoxes,
    sections: sectionsOf(rawSections, arrays, rowBoxes, counts),
  };
}

function readHeader(buffer: ArrayBuffer): Counts {
  if (buffer.byteLength < HEADER_BYTES) {
    throw new PlanError(Fault.SHORT, 0, buffer.byteLength);
  }
  const view = new DataView(buffer);
  const magic = view.getUint32(0);
  if (magic !== MAGIC) throw new PlanError(Fault.MAGIC, 0, magic);
  const version = view.getUint16(4, true);
  if (version !== VERSION) throw new PlanError(Fault.VERSION, 4, version);
  const count = (at: number, most: number): number => {
    const value = view.getUint32(at, true);
    if (value > most) throw new PlanError(Fault.TOO_MANY, at, value);
    return value;
  };
  const places = count(8, MOST_PLACES);
  const seats = count(12, places);
  const rows = count(16, seats);
  const sections = count(20, 0xffff);
  const headBytes = count(24, buffer.byteLength - HEADER_BYTES);
  if (headBytes % 4) throw new PlanError(Fault.UNALIGNED, 24, headBytes);
  // Bytes of a row: 4 + 2 + 1; of a seat: 3 * 4 + 2 + 1.
  const expected = HEADER_BYTES + headBytes + rows * 7 + seats * 15;
  if (buffer.byteLength !== expected)
    throw new PlanError(Fault.LENGTH, expected, buffer.byteLength);
  return { places, seats, rows, sections, headBytes };
}

function readJson(buffer: ArrayBuffer, length: number): RawHead {
  const text = new TextDecoder("utf-8").decode(new Uint8Array(buffer, HEADER_BYTES, length));
  try {
    const head: unknown = JSON.parse(text);
    if (typeof head === "object" && head !== null && !Array.isArray(head)) return head as RawHead;
  } catch {
    // Told below, with what it begins with.
  }
  throw new PlanError(Fault.HEAD, HEADER_BYTES, text.slice(0, 40));
}

function* readArrays(
  buffer: ArrayBuffer,
  { seats, rows, headBytes }: Counts,
): Generator<void, Arrays> {
  let at = HEADER_BYTES + headBytes;
  const next = (bytes: number): number => {
    const from = at;
    at += bytes;
    return from;
  };
  const rowFirst = new Uint32Array(buffer, next(4 * rows), rows);
  const x = hundredths(new Int32Array(buffer, next(4 * seats), seats));
  yield;
  const y = hundredths(new Int32Array(buffer, next(4 * seats), seats));
  yield;
  const label = sums(new Int32Array(buffer, next(4 * seats), seats));
  yield;
  return {
    rowFirst,
    x,
    y,
    label,
    rowSection: new Uint16Array(buffer, next(2 * rows), rows),
    attributes: new Uint16Array(buffer, next(2 * seats), seats),
    rowIsTable: new Uint8Array(buffer, next(rows), rows),
    category: new Uint8Array(buffer, next(seats), seats),
  };
}

function hundredths(differences: Int32Array): Float32Array {
  const values = new Float32Array(differences.length);
  let sum = 0;
  for (let index = 0; index < differences.length; index += 1) {
    sum += differences[index] ?? 0;
    values[index] = sum / 100;
  }
  return values;
}

/** Into a new array: a buffer can be decoded twice. */
function sums(differences: Int32Array): Int32Array {
  const values = new Int32Array(differences.length);
  let sum = 0;
  for (let index = 0; index < differences.length; index += 1) {
    sum += differences[index] ?? 0;
    values[index] = sum;
  }
  return values;
}

/** Rows follow each other without a gap, and so do their sections. */
function checkRows({ rowFirst, rowSection }: Arrays, counts: Counts): void {
  const at = HEADER_BYTES + counts.headBytes;
  let least = 0;
  let section = 0;
  for (let row = 0; row < counts.rows; row += 1) {
    const first = rowFirst[row] ?? 0;
    if (first < least || first >= counts.seats || (row === 0 && first !== 0)) {
      throw new PlanError(Fault.ROW, at + 4 * row, first);
    }
    least = first + 1;
    const own = rowSection[row] ?? 0;
    if (own < section || own >= counts.sections) {
      throw new PlanError(Fault.SECTION, at + 4 * counts.rows + 12 * counts.seats + 2 * row, own);
    }
    section = own;
  }
}

function checkIndexes(
  { label, category }: Arrays,
  labels: number,
  categories: number,
  { headBytes, rows, seats }: Counts,
): void {
  const at = HEADER_BYTES + headBytes + 4 * rows;
  for (let seat = 0; seat < seats; seat += 1) {
    const own = label[seat] ?? -1;
    if (own < 0 || own >= labels) throw new PlanError(Fault.LABEL, at + 8 * seats + 4 * seat, own);
    const group = category[seat] ?? 0;
    if (group !== 255 && group >= categories) {
      throw new PlanError(Fault.CATEGORY, at + 14 * seats + 3 * rows + seat, group);
    }
  }
}

function boxesOfRows(arrays: Arrays, { rows, seats }: Counts): Float32Array {
  const boxes = new Float32Array(4 * rows);
  for (let row = 0; row < rows; row += 1) {
    const first = arrays.rowFirst[row] ?? 0;
    const end = arrays.rowFirst[row + 1] ?? seats;
    writeExtent(boxes, 4 * row, arrays.x, first, end);
    writeExtent(boxes, 4 * row + 1, arrays.y, first, end);
  }
  return boxes;
}

/** The least and the most of some values, at `at` and two places after it. */
function writeExtent(
  boxes: Float32Array,
  at: number,
  values: Float32Array,
  first: number,
  end: number,
): void {
  // No destructuring here: it is slow until the loop has been compiled, and a page decodes once.
  let least = Infinity;
  let most = -Infinity;
  for (let index = first; index < end; index += 1) {
    const value = values[index] ?? 0;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  boxes[at] = least;
  boxes[at + 2] = most;
}

function sectionsOf(
  raw: readonly Pick<Section, "key" | "label" | "floor" | "outline">[],
  { rowFirst, rowSection }: Arrays,
  rowBoxes: Float32Array,
  { rows, seats }: Counts,
): Section[] {
  let row = 0;
  return raw.map((own, index) => {
    const firstRow = row;
    while (row < rows && rowSection[row] === index) row += 1;
    const first = firstRow < rows ? (rowFirst[firstRow] ?? seats) : seats;
    const end = row < rows ? (rowFirst[row] ?? seats) : seats;
    const box = boxOfRows(rowBoxes, firstRow, row);
    return { ...own, index, firstRow, endRow: row, first, end, box };
  });
}

function boxOfRows(rowBoxes: Float32Array, from: number, to: number): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 4 * from; at < 4 * to; at += 4) {
    left = Math.min(left, rowBoxes[at] ?? left);
    top = Math.min(top, rowBoxes[at + 1] ?? top);
    right = Math.max(right, rowBoxes[at + 2] ?? right);
    bottom = Math.max(bottom, rowBoxes[at + 3] ?? bottom);
  }
  return { left, top, right, bottom };
}
