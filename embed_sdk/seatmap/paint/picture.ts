/**
 * A picture of the plan around a viewport, painted once and then moved and scaled with every frame:
 * a frame costs two copies, whatever the plan. Painting goes in slices, between which frames are
 * shown, so a gesture is never held up by it.
 */

import { EMPTY, grow, holds, isEmpty, join, meets } from "../geometry/boxes.ts";
import { type Size, type Viewport, visibleBox } from "../geometry/viewport.ts";
import type { Box, Section } from "../plan/plan.ts";
import { paintArea, paintAreaSign, paintBlock, paintBlockSigns } from "./blocks.ts";
import { paintDrawn, paintTexts } from "./drawn.ts";
import { Level, levelAt } from "./levels.ts";
import type { Palette } from "./palette.ts";
import { paintRows } from "./rows.ts";
import { isShown, type Scene } from "./scene.ts";
import { paintSeat, paintSeats, type SeatBrush } from "./seats.ts";
import { type SignMasks, signMasks } from "./signs.ts";
import { Sprites } from "./sprites.ts";

/** So much more than the screen is painted on each side, as a share of it: room for a drag. */
export const MARGIN = 0.25;

interface Layer {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
}

/** What does not change with the sale lies under what does, so that a seat can be wiped off. */
export interface Picture {
  readonly under: Layer;
  readonly over: Layer;
  viewport: Viewport;
  size: Size;
  ratio: number;
  level: Level;
}

/** A picture put together: what a frame shows, moved and scaled. */
export interface Sheet {
  readonly layer: Layer;
  viewport: Viewport;
  size: Size;
  /** Device pixels a CSS pixel. */
  ratio: number;
}

export function makeSheet(): Sheet {
  return {
    layer: makeLayer(),
    viewport: { zoom: 1, origin: { x: 0, y: 0 } },
    size: { width: 0, height: 0 },
    ratio: 1,
  };
}

/** Puts the picture's layers together, at so much of its sharpness. */
export function putTogether(picture: Picture, sheet: Sheet, share = 1): void {
  sheet.viewport = picture.viewport;
  sheet.size = picture.size;
  sheet.ratio = picture.ratio * share;
  wipe(sheet.layer, sheet.size, sheet.ratio);
  const { width, height } = sheet.layer.canvas;
  const { context } = sheet.layer;
  toDevice(context);
  context.drawImage(picture.under.canvas, 0, 0, width, height);
  context.drawImage(picture.over.canvas, 0, 0, width, height);
}

export function makePicture(): Picture {
  return {
    under: makeLayer(),
    over: makeLayer(),
    viewport: { zoom: 1, origin: { x: 0, y: 0 } },
    size: { width: 0, height: 0 },
    ratio: 1,
    level: Level.BLOCKS,
  };
}

function makeLayer(): Layer {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser gives no canvas to draw on.");
  return { canvas, context };
}

/** Paints pictures of one scene, and keeps what they share. */
export class Atelier {
  private readonly scene: Scene;
  private readonly signs: SignMasks;
  private readonly prices: SeatBrush["prices"] = new Map();
  private glance: Layer | null = null;
  private sprites: { sprites: Sprites; palette: Palette; seatPx: number; ratio: number } | null =
    null;

  constructor(scene: Scene) {
    this.scene = scene;
    this.signs = signMasks(scene.plan);
  }

  /** Paints the picture anew for a viewport on a screen; each step of the generator is a slice. */
  *paint(
    picture: Picture,
    viewport: Viewport,
    screen: Size,
    ratio: number,
    margin = MARGIN,
  ): Generator<void> {
    const [across, down] = [screen.width * margin, screen.height * margin];
    picture.size = { width: screen.width + 2 * across, height: screen.height + 2 * down };
    picture.viewport = {
      zoom: viewport.zoom,
      origin: { x: viewport.origin.x + across, y: viewport.origin.y + down },
    };
    picture.ratio = ratio;
    picture.level = levelAt(this.scene.plan.seatSize * viewport.zoom);
    for (const layer of [picture.under, picture.over]) wipe(layer, picture.size, ratio);
    this.paintUnder(picture);
    yield;
    yield* this.paintOver(picture);
  }

  /**
   * Makes the browser do now what it was told to paint. It writes strokes down and draws them when
   * somebody looks: all in one frame, which then comes late. A glance by a copy costs a graphics card
   * nothing, and a machine without one a copy of the whole; `isSlow` reads a pixel instead, for which
   * a graphics card would have to be waited for.
   */
  settle(picture: Picture, isSlow: boolean): void {
    if (isSlow) {
      picture.over.context.getImageData(0, 0, 1, 1);
      return;
    }
    this.glance ??= makeLayer();
    this.glance.canvas.width = 1;
    this.glance.canvas.height = 1;
    this.glance.context.drawImage(picture.over.canvas, 0, 0, 1, 1, 0, 0, 1, 1);
  }

  /**
   * Paints some seats again, in the picture and where it was put together; false where the picture
   * does not show seats one by one.
   */
  patch(picture: Picture, sheet: Sheet, seats: readonly number[]): boolean {
    if (picture.level < Level.SEATS) return false;
    const brush = this.brush(picture);
    const { context } = picture.over;
    const { plan } = this.scene;
    const box = grow(visibleBox(picture.viewport, picture.size), plan.seatSize);
    const { zoom, origin } = picture.viewport;
    const { side } = brush.sprites;
    let changed = EMPTY;
    toDevice(context);
    for (const seat of seats) {
      const x = plan.x[seat];
      const y = plan.y[seat];
      if (x === undefined || y === undefined || !holds(box, x, y)) continue;
      if (!this.isSeatShown(seat)) continue;
      const left = Math.round((x * zoom + origin.x) * picture.ratio - side / 2);
      const top = Math.round((y * zoom + origin.y) * picture.ratio - side / 2);
      context.clearRect(left, top, side, side);
      paintSeat(context, brush, seat);
      changed = join(changed, { left, top, right: left + side, bottom: top + side });
    }
    if (!isEmpty(changed)) copyPart(picture, sheet, changed);
    return true;
  }

  private isSeatShown(seat: number): boolean {
    if (!this.scene.floor) return true;
    const section = this.scene.plan.sections.find(({ first, end }) => seat >= first && seat < end);
    return section !== undefined && isShown(this.scene, section);
  }

  private paintUnder(picture: Picture): void {
    const { context } = picture.under;
    const pixel = 1 / picture.viewport.zoom;
    toPlan(context, picture);
    this.scene.backgrounds.paint(context, this.scene);
    paintDrawn(context, this.scene, pixel);
    if (picture.level >= Level.ROWS) paintTexts(context, this.scene, pixel);
  }

  private *paintOver(picture: Picture): Generator<void> {
    const { scene } = this;
    const { context } = picture.over;
    const box = grow(visibleBox(picture.viewport, picture.size), scene.plan.seatSize);
    const inSight = ({ box: own, floor }: { readonly box: Box; readonly floor: string }): boolean =>
      isShown(scene, { floor }) && meets(own, box);
    toPlan(context, picture);
    scene.plan.areas.forEach((area, index) => {
      if (inSight(area)) paintArea(context, scene, area, index);
    });
    const sections = scene.plan.sections.filter((each) => !isEmpty(each.box) && inSight(each));
    for (const section of sections) {
      this.paintSection(picture, section, box);
      yield;
    }
    toScreen(context, picture);
    scene.plan.areas.forEach((area, index) => {
      if (inSight(area)) paintAreaSign(context, scene, area, index, picture.viewport);
    });
    if (picture.level !== Level.BLOCKS) return;
    yield* paintBlockSigns(context, scene, sections, picture.viewport);
  }

  private paintSection(picture: Picture, section: Section, box: Box): void {
    const { context } = picture.over;
    if (picture.level >= Level.SEATS) {
      toDevice(context);
      paintSeats(context, this.brush(picture), section, box);
      return;
    }
    toPlan(context, picture);
    if (picture.level === Level.ROWS) paintRows(context, this.scene, section);
    else paintBlock(context, this.scene, section);
  }

  private brush({ viewport, ratio, level }: Picture): SeatBrush {
    const { scene, signs } = this;
    const seatPx = scene.plan.seatSize * viewport.zoom;
    const known = this.sprites;
    const fits =
      known?.palette === scene.palette && known.seatPx === seatPx && known.ratio === ratio;
    if (!known || !fits) {
      const sprites = new Sprites(scene.palette, seatPx, ratio);
      this.sprites = { sprites, palette: scene.palette, seatPx, ratio };
    }
    const { sprites } = this.sprites ?? { sprites: new Sprites(scene.palette, seatPx, ratio) };
    const hasLabels = level === Level.LABELS;
    return { scene, sprites, viewport, ratio, hasLabels, signs, prices: this.prices };
  }
}

/** Copies what has changed, in one go: each look at a canvas that was painted costs a whole copy. */
function copyPart(picture: Picture, { layer }: Sheet, part: Box): void {
  const { canvas, context } = layer;
  const [left, top] = [Math.max(0, part.left), Math.max(0, part.top)];
  const width = Math.min(canvas.width, part.right) - left;
  const height = Math.min(canvas.height, part.bottom) - top;
  if (width <= 0 || height <= 0) return;
  context.clearRect(left, top, width, height);
  for (const from of [picture.under.canvas, picture.over.canvas]) {
    context.drawImage(from, left, top, width, height, left, top, width, height);
  }
}

/** Shows the picture at the viewport: moved, and scaled where it was painted at another zoom. */
export function showSheet(
  context: CanvasRenderingContext2D,
  sheet: Sheet,
  viewport: Viewport,
  ratio: number,
): void {
  const { canvas } = sheet.layer;
  const scale = viewport.zoom / sheet.viewport.zoom;
  const x = (viewport.origin.x - sheet.viewport.origin.x * scale) * ratio;
  const y = (viewport.origin.y - sheet.viewport.origin.y * scale) * ratio;
  // At its own zoom it stays sharp: at whole device pixels.
  const isSharp = scale === 1 && ratio === sheet.ratio;
  context.imageSmoothingEnabled = !isSharp;
  if (isSharp) {
    context.drawImage(canvas, Math.round(x), Math.round(y));
    return;
  }
  const size = scale * (ratio / sheet.ratio);
  context.drawImage(canvas, x, y, canvas.width * size, canvas.height * size);
}

/** Whether the picture is as sharp as it can be, and covers the whole screen. */
export function isExact(
  picture: Omit<Sheet, "layer">,
  viewport: Viewport,
  screen: Size,
  ratio: number,
): boolean {
  const isSharp = picture.viewport.zoom === viewport.zoom && picture.ratio === ratio;
  return isSharp && covers(picture, viewport, screen);
}

/** Whether there is no place on the screen where the picture is not. */
export function covers(
  { viewport: own, size }: Pick<Sheet, "viewport" | "size">,
  viewport: Viewport,
  screen: Size,
): boolean {
  const scale = viewport.zoom / own.zoom;
  const x = viewport.origin.x - own.origin.x * scale;
  const y = viewport.origin.y - own.origin.y * scale;
  return (
    x <= 0 &&
    y <= 0 &&
    x + size.width * scale >= screen.width &&
    y + size.height * scale >= screen.height
  );
}

function wipe({ canvas, context }: Layer, size: Size, ratio: number): void {
  const [width, height] = [Math.ceil(size.width * ratio), Math.ceil(size.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
    return;
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
}

function toDevice(context: CanvasRenderingContext2D): void {
  context.setTransform(1, 0, 0, 1, 0, 0);
}

function toScreen(context: CanvasRenderingContext2D, { ratio }: Picture): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

function toPlan(context: CanvasRenderingContext2D, { viewport, ratio }: Picture): void {
  const scale = viewport.zoom * ratio;
  context.setTransform(scale, 0, 0, scale, viewport.origin.x * ratio, viewport.origin.y * ratio);
}
