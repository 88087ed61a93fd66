/**
 * A published plan version as the browser holds it: typed arrays by ordinal, and the head.
 * It never changes; what can be had is in `places/`.
 */

/** Corners as x, y, x, y, …, in plan units. */
export type Outline = Float32Array;

/** A rectangle in plan units; `left > right` where it is empty. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Category {
  readonly key: string;
  readonly name: string;
  /** `#rrggbb` */
  readonly colour: string;
}

export interface Floor {
  readonly key: string;
  readonly label: string;
}

export interface Section {
  readonly index: number;
  readonly key: string;
  readonly label: string;
  /** A floor's key, or "" for all floors. */
  readonly floor: string;
  readonly outline: Outline | null;
  /** Its rows are `firstRow` to `endRow - 1`. */
  readonly firstRow: number;
  readonly endRow: number;
  /** Its seats are the ordinals `first` to `end - 1`. */
  readonly first: number;
  readonly end: number;
  readonly box: Box;
}

/** General admission: places without numbers. */
export interface Area {
  readonly key: string;
  readonly label: string;
  readonly floor: string;
  /** Index in `categories`, or NO_CATEGORY. */
  readonly category: number;
  readonly outline: Outline;
  readonly first: number;
  readonly end: number;
  readonly box: Box;
}

export interface Table {
  readonly row: number;
  readonly round: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Degrees, clockwise. */
  readonly angle: number;
  readonly label: string;
}

/** Something that is only drawn. */
export type Shape = Readonly<{
  floor: string;
  label: string;
  fill: string;
  stroke: string;
}> &
  (
    | Readonly<{ kind: "path"; outline: Outline; closed: boolean }>
    | Readonly<{
        kind: "rectangle" | "ellipse";
        x: number;
        y: number;
        width: number;
        height: number;
        angle: number;
        corner: number;
      }>
  );

export interface Words {
  readonly text: string;
  readonly floor: string;
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  /** Height of the letters. */
  readonly size: number;
  readonly colour: string;
}

export interface Background {
  readonly image: string;
  readonly floor: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly opacity: number;
}

export interface Plan {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Diameter of a seat. */
  readonly seatSize: number;
  readonly placeCount: number;
  readonly seatCount: number;
  readonly categories: readonly Category[];
  readonly floors: readonly Floor[];
  readonly sections: readonly Section[];
  readonly areas: readonly Area[];
  readonly tables: readonly Table[];
  readonly stage: {
    readonly label: string;
    readonly outline: Outline;
    readonly floor: string;
  } | null;
  readonly focus: { readonly x: number; readonly y: number };
  readonly shapes: readonly Shape[];
  readonly texts: readonly Words[];
  readonly backgrounds: readonly Background[];
  /** Bit n of a seat's attributes is the name at n. */
  readonly attributeNames: readonly string[];
  readonly rowLabels: readonly string[];
  readonly seatLabels: readonly string[];
  /** By row: the ordinal of its first seat, its section, whether it is a table, its box. */
  readonly rowFirst: Uint32Array;
  readonly rowSection: Uint16Array;
  readonly rowIsTable: Uint8Array;
  /** Four numbers a row: left, top, right, bottom, of the seats' centres. */
  readonly rowBoxes: Float32Array;
  /** By seat, in plan units. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** By seat: index in `seatLabels`, mask of attributes, index in `categories`. */
  readonly label: Int32Array;
  readonly attributes: Uint16Array;
  readonly category: Uint8Array;
}

export const NO_CATEGORY = 255;
/** Set where an aisle lies between this seat and the one before. */
export const AISLE = 1 << 15;

/** The row of a seat, by halving. */
export function rowOf(plan: Plan, ordinal: number): number {
  const { rowFirst } = plan;
  let low = 0;
  let high = rowFirst.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((rowFirst[middle] ?? 0) <= ordinal) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The ordinal after a row's last seat. */
export function rowEnd(plan: Plan, row: number): number {
  return plan.rowFirst[row + 1] ?? plan.seatCount;
}

export function sectionOf(plan: Plan, ordinal: number): Section | undefined {
  return plan.sections[plan.rowSection[rowOf(plan, ordinal)] ?? -1];
}

export function areaOf(plan: Plan, ordinal: number): Area | undefined {
  return plan.areas.find((area) => ordinal >= area.first && ordinal < area.end);
}

export function seatLabel(plan: Plan, ordinal: number): string {
  return plan.seatLabels[plan.label[ordinal] ?? -1] ?? "";
}

/** The category of a seat or of an area's place, or NO_CATEGORY. */
export function categoryOf(plan: Plan, ordinal: number): number {
  if (ordinal < plan.seatCount) return plan.category[ordinal] ?? NO_CATEGORY;
  return areaOf(plan, ordinal)?.category ?? NO_CATEGORY;
}

export function attributesOf(plan: Plan, ordinal: number): string[] {
  const mask = plan.attributes[ordinal] ?? 0;
  return plan.attributeNames.filter((_, bit) => (mask >> bit) & 1);
}

/** The mask of the attributes with these names. */
export function attributeMask(plan: Plan, names: readonly string[]): number {
  return plan.attributeNames.reduce(
    (mask, name, bit) => (names.includes(name) ? mask | (1 << bit) : mask),
    0,
  );
}
