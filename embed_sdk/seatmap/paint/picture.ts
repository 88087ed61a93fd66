/**
 * A picture of the plan around a viewport, painted once and then moved and scaled with every frame:
 * a frame costs two copies, whatever the plan. Painting goes in slices, between which frames are
 * shown, so a gesture is never held up by it.
 */

import { grow, isEmpty, meets } from "../geometry/boxes.ts";
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

/** So much more than the screen is painted on each side, as a share of it. */
const MARGIN = 0.25;

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
  private sprites: { sprites: Sprites; palette: Palette; seatPx: number; ratio: number } | null =
    null;

  constructor(scene: Scene) {
    this.scene = scene;
    this.signs = signMasks(scene.plan);
  }

  /** Paints the picture anew for a viewport on a screen; each step of the generator is a slice. */
  *paint(picture: Picture, viewport: Viewport, screen: Size, ratio: number): Generator<void> {
    const [across, down] = [screen.width * MARGIN, screen.height * MARGIN];
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

  /** Paints some seats again; false where the picture does not show seats one by one. */
  patch(picture: Picture, seats: readonly number[]): boolean {
    if (picture.level < Level.SEATS) return false;
    const brush = this.brush(picture);
    const { context } = picture.over;
    const { plan } = this.scene;
    const box = grow(visibleBox(picture.viewport, picture.size), plan.seatSize);
    const { zoom, origin } = picture.viewport;
    const half = brush.sprites.side / 2;
    toDevice(context);
    for (const seat of seats) {
      const x = plan.x[seat];
      const y = plan.y[seat];
      if (x === undefined || y === undefined) continue;
      if (x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
      if (!this.isSeatShown(seat)) continue;
      context.clearRect(
        Math.round((x * zoom + origin.x) * picture.ratio - half),
        Math.round((y * zoom + origin.y) * picture.ratio - half),
        brush.sprites.side,
        brush.sprites.side,
      );
      paintSeat(context, brush, seat);
    }
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
    paintBlockSigns(context, scene, sections, picture.viewport);
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
    return { scene, sprites, viewport, ratio, hasLabels: level === Level.LABELS, signs };
  }
}

/** Shows the picture at the viewport: moved, and scaled where it was painted at another zoom. */
export function showPicture(
  context: CanvasRenderingContext2D,
  picture: Picture,
  viewport: Viewport,
  ratio: number,
): void {
  const scale = viewport.zoom / picture.viewport.zoom;
  const x = (viewport.origin.x - picture.viewport.origin.x * scale) * ratio;
  const y = (viewport.origin.y - picture.viewport.origin.y * scale) * ratio;
  const width = picture.under.canvas.width * scale * (ratio / picture.ratio);
  const height = picture.under.canvas.height * scale * (ratio / picture.ratio);
  // At its own zoom it stays sharp: at whole device pixels.
  const exact = scale === 1 && ratio === picture.ratio;
  const [left, top] = exact ? [Math.round(x), Math.round(y)] : [x, y];
  context.imageSmoothingEnabled = !exact;
  for (const { canvas } of [picture.under, picture.over]) {
    context.drawImage(canvas, left, top, width, height);
  }
}

/** Whether the picture is as sharp as it can be, and covers the whole screen. */
export function isExact(
  picture: Picture,
  viewport: Viewport,
  screen: Size,
  ratio: number,
): boolean {
  if (picture.viewport.zoom !== viewport.zoom || picture.ratio !== ratio) return false;
  const x = viewport.origin.x - picture.viewport.origin.x;
  const y = viewport.origin.y - picture.viewport.origin.y;
  const { width, height } = picture.size;
  return x <= 0 && y <= 0 && x + width >= screen.width && y + height >= screen.height;
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
