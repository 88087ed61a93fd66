/** The head of a compact plan: names, outlines, and what is only drawn. */

import { outlineBox } from "../geometry/boxes.ts";
import { Fault, PlanError } from "./fault.ts";
import type {
  Area,
  Background,
  Category,
  Floor,
  Outline,
  Plan,
  Section,
  Shape,
  Table,
  Words,
} from "./plan.ts";

/** As parsed: nothing of it is believed. */
export type RawHead = Readonly<Record<string, unknown>>;
type Raw = Readonly<Record<string, unknown>>;

type FromHead =
  | "name"
  | "width"
  | "height"
  | "seatSize"
  | "categories"
  | "floors"
  | "areas"
  | "tables"
  | "stage"
  | "focus"
  | "shapes"
  | "texts"
  | "backgrounds"
  | "attributeNames"
  | "rowLabels"
  | "seatLabels";

export type Head = Pick<Plan, FromHead> & {
  readonly rawSections: readonly Pick<Section, "key" | "label" | "floor" | "outline">[];
};

const HEAD_AT = 32;
const INK = "#5c6370";

/** Reads one object's members; what is missing or of another kind is a fault that names it. */
class Members {
  private readonly raw: Raw;
  private readonly path: string;

  constructor(raw: unknown, path: string) {
    if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw wrong(path);
    this.raw = raw as Raw;
    this.path = path;
  }

  text(name: string, otherwise?: string): string {
    const value = this.raw[name] ?? otherwise;
    if (typeof value !== "string") throw wrong(`${this.path}/${name}`);
    return value;
  }

  number(name: string, otherwise?: number): number {
    const value = this.raw[name] ?? otherwise;
    if (typeof value !== "number" || !Number.isFinite(value)) throw wrong(`${this.path}/${name}`);
    return value;
  }

  has(name: string): boolean {
    return this.raw[name] !== undefined;
  }

  point(name: string): { x: number; y: number } {
    const [x, y] = numbers(this.raw[name], `${this.path}/${name}`);
    if (x === undefined || y === undefined) throw wrong(`${this.path}/${name}`);
    return { x, y };
  }

  outline(name: string): Outline {
    const value = this.raw[name];
    if (!Array.isArray(value)) throw wrong(`${this.path}/${name}`);
    const corners = new Float32Array(2 * value.length);
    value.forEach((corner, index) => {
      const [x, y] = numbers(corner, `${this.path}/${name}/${index}`);
      corners[2 * index] = x ?? 0;
      corners[2 * index + 1] = y ?? 0;
    });
    return corners;
  }

  one(name: string): Members {
    return new Members(this.raw[name], `${this.path}/${name}`);
  }

  all<T>(name: string, read: (each: Members, index: number) => T): T[] {
    const value = this.raw[name] ?? [];
    if (!Array.isArray(value)) throw wrong(`${this.path}/${name}`);
    return value.map((each, index) =>
      read(new Members(each, `${this.path}/${name}/${index}`), index),
    );
  }

  texts(name: string, count?: number): string[] {
    const value = this.raw[name] ?? [];
    const good = Array.isArray(value) && (count === undefined || value.length === count);
    if (!good || !value.every((each) => typeof each === "string"))
      throw wrong(`${this.path}/${name}`);
    return value;
  }
}

function wrong(path: string): PlanError {
  return new PlanError(Fault.MEMBER, HEAD_AT, path);
}

function numbers(value: unknown, path: string): number[] {
  const good = Array.isArray(value) && value.length === 2;
  if (!good || !value.every((each) => typeof each === "number" && Number.isFinite(each))) {
    throw wrong(path);
  }
  return value;
}

export function readHead(
  raw: RawHead,
  counts: {
    readonly places: number;
    readonly seats: number;
    readonly rows: number;
    readonly sections: number;
  },
  rowIsTable: Uint8Array,
): Head {
  const head = new Members(raw, "");
  const size = head.one("size");
  const categories = head.all("categories", readCategory);
  const stage = head.has("stage") ? readStage(head.one("stage")) : null;
  const width = size.number("width");
  const rawSections = head.all("sections", readSection);
  if (rawSections.length !== counts.sections) throw wrong("/sections");
  return {
    name: head.text("name"),
    width,
    height: size.number("height"),
    seatSize: head.number("seat_size"),
    categories,
    floors: head.all("floors", readFloor),
    areas: readAreas(head, categories, counts),
    tables: readTables(head, rowIsTable),
    stage,
    focus: readFocus(head, stage, width),
    shapes: head.all("shapes", readShape),
    texts: head.all("texts", readWords),
    backgrounds: head.all("backgrounds", readBackground),
    attributeNames: head.texts("attributes"),
    rowLabels: head.texts("rows", counts.rows),
    seatLabels: head.texts("labels"),
    rawSections,
  };
}

function readCategory(each: Members): Category {
  return { key: each.text("key"), name: each.text("name"), colour: each.text("colour") };
}

function readFloor(each: Members): Floor {
  return { key: each.text("key"), label: each.text("label") };
}

function readSection(each: Members): Pick<Section, "key" | "label" | "floor" | "outline"> {
  return {
    key: each.text("key"),
    label: each.text("label"),
    floor: each.text("floor", ""),
    outline: each.has("outline") ? each.outline("outline") : null,
  };
}

function readStage(stage: Members): { label: string; outline: Outline; floor: string } {
  return {
    label: stage.text("label", ""),
    outline: stage.outline("polygon"),
    floor: stage.text("floor", ""),
  };
}

/** Where the best seats look: as in `layout_of` on the server. */
function readFocus(
  head: Members,
  stage: { readonly outline: Outline } | null,
  width: number,
): { x: number; y: number } {
  if (head.has("focal_point")) return head.point("focal_point");
  if (!stage) return { x: width / 2, y: 0 };
  const box = outlineBox(stage.outline);
  return { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
}

function readAreas(
  head: Members,
  categories: readonly Category[],
  counts: { readonly places: number; readonly seats: number },
): Area[] {
  let next = counts.seats;
  const areas = head.all("areas", (each): Area => {
    const first = each.number("first");
    const end = first + each.number("capacity");
    if (first !== next || end > counts.places) throw wrong("/areas");
    next = end;
    const outline = each.outline("polygon");
    const category = categories.findIndex(({ key }) => key === each.text("category", ""));
    return {
      key: each.text("key"),
      label: each.text("label"),
      floor: each.text("floor", ""),
      category: category < 0 ? 255 : category,
      outline,
      first,
      end,
      box: outlineBox(outline),
    };
  });
  if (next !== counts.places) throw wrong("/areas");
  return areas;
}

function readTables(head: Members, rowIsTable: Uint8Array): Table[] {
  const rows: number[] = [];
  rowIsTable.forEach((isTable, row) => {
    if (isTable) rows.push(row);
  });
  const tables = head.all("tables", (each, index): Table => {
    const row = rows[index];
    if (row === undefined) throw wrong("/tables");
    return {
      row,
      round: each.text("shape") === "round",
      ...each.point("position"),
      width: each.number("width"),
      height: each.number("height"),
      angle: each.number("angle", 0),
      label: each.text("label"),
    };
  });
  if (tables.length !== rows.length) throw wrong("/tables");
  return tables;
}

function readShape(each: Members): Shape {
  const kind = each.text("kind");
  const look = {
    floor: each.text("floor", ""),
    label: each.text("label", ""),
    fill: each.text("fill", ""),
    stroke: each.text("stroke", ""),
  };
  if (kind === "polygon" || kind === "line") {
    return { ...look, kind: "path", outline: each.outline("points"), closed: kind === "polygon" };
  }
  return {
    ...look,
    kind: kind === "ellipse" ? "ellipse" : "rectangle",
    ...each.point("position"),
    width: each.number("width"),
    height: each.number("height"),
    angle: each.number("angle", 0),
    corner: each.number("corner", 0),
  };
}

function readWords(each: Members): Words {
  return {
    text: each.text("text"),
    floor: each.text("floor", ""),
    ...each.point("position"),
    angle: each.number("angle", 0),
    size: each.number("size", 40),
    colour: each.text("colour", INK),
  };
}

function readBackground(each: Members): Background {
  return {
    image: each.text("image"),
    floor: each.text("floor", ""),
    ...each.point("position"),
    width: each.number("width"),
    height: each.number("height"),
    angle: each.number("angle", 0),
    opacity: each.number("opacity", 1),
  };
}
