/**
 * Each way a seat can look, drawn once for a size and copied from then on: copying is what a canvas
 * does fastest. Ways differ by form too: what is taken is small and hollow, each zone has a pattern.
 */

import type { Look } from "../places/places.ts";
import type { Palette } from "./palette.ts";

/** Styles: a free seat of each zone, then these. */
const OTHERS: readonly Look[] = ["mine", "taken", "closed", "out"];

/** From this diameter on, in CSS pixels, a pattern can be told. */
const PATTERN_PX = 9;

export class Sprites {
  /** Device pixels of a sprite's side. */
  readonly side: number;
  readonly sheet: HTMLCanvasElement;
  private readonly zones: number;

  constructor(palette: Palette, seatPx: number, ratio: number) {
    this.side = Math.max(2, Math.ceil(seatPx * ratio) + 2);
    this.zones = palette.zones.length;
    this.sheet = document.createElement("canvas");
    this.sheet.width = this.side * (this.zones + OTHERS.length);
    this.sheet.height = this.side;
    const context = this.sheet.getContext("2d");
    if (!context) return;
    const radius = (seatPx * ratio) / 2;
    palette.zones.forEach((colour, zone) => {
      const brush = this.brush(context, zone);
      disc(brush, radius * 0.93, colour);
      if (seatPx >= PATTERN_PX) pattern(brush, zone, radius * 0.93, palette.onZone);
      brush.restore();
    });
    OTHERS.forEach((look, index) => {
      const brush = this.brush(context, this.zones + index);
      paintOther(brush, look, radius, palette);
      brush.restore();
    });
  }

  /** Which sprite shows this look; a free seat's by its zone. */
  index(look: Look, zone: number): number {
    if (look === "free") return zone < 0 ? this.zones + OTHERS.indexOf("closed") : zone;
    return this.zones + OTHERS.indexOf(look);
  }

  private brush(context: CanvasRenderingContext2D, index: number): CanvasRenderingContext2D {
    context.save();
    context.beginPath();
    context.rect(index * this.side, 0, this.side, this.side);
    context.clip();
    context.translate((index + 0.5) * this.side, this.side / 2);
    return context;
  }
}

function disc(context: CanvasRenderingContext2D, radius: number, colour: string): void {
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
}

function ring(
  context: CanvasRenderingContext2D,
  radius: number,
  width: number,
  colour: string,
): void {
  context.beginPath();
  context.arc(0, 0, radius - width / 2, 0, 2 * Math.PI);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
}

function paintOther(
  context: CanvasRenderingContext2D,
  look: Look,
  radius: number,
  palette: Palette,
): void {
  const thin = Math.max(1, radius * 0.14);
  if (look === "mine") {
    disc(context, radius, palette.mine);
    context.beginPath();
    context.moveTo(-radius * 0.42, 0.02 * radius);
    context.lineTo(-radius * 0.1, radius * 0.34);
    context.lineTo(radius * 0.46, -radius * 0.32);
    context.lineWidth = Math.max(1.2, radius * 0.2);
    context.lineCap = "round";
    context.strokeStyle = palette.onMine;
    context.stroke();
  } else if (look === "taken") {
    ring(context, radius * 0.62, thin, palette.taken);
  } else if (look === "closed") {
    disc(context, radius * 0.22, palette.line);
  } else {
    ring(context, radius * 0.7, thin, palette.line);
  }
}

/** A zone's pattern, so that zones are told apart without their colours: eight, as there are letters. */
function pattern(
  context: CanvasRenderingContext2D,
  zone: number,
  radius: number,
  colour: string,
): void {
  context.globalAlpha = 0.5;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = Math.max(1, radius * 0.12);
  const arcs: readonly (readonly [from: number, to: number])[] = [
    [0, 0], // plain
    [0, 2], // a ring
    [0, 1], // lower half
    [1, 2], // upper half
    [0.5, 1.5], // left half
    [-0.5, 0.5], // right half
    [0.25, 0.75], // a quarter below
    [1.25, 1.75], // a quarter above
  ];
  const [from, to] = arcs[zone % arcs.length] ?? [0, 0];
  if (from === to) return;
  context.beginPath();
  context.arc(0, 0, radius * 0.86, from * Math.PI, to * Math.PI);
  context.stroke();
  context.globalAlpha = 1;
}
