/** The whole in a corner, with a frame around what is on the screen. A tap goes there. */

import { contentBox, grow, isEmpty } from "../geometry/boxes.ts";
import {
  fitBox,
  type PlanPoint,
  type Size,
  toPlan,
  type Viewport,
  visibleBox,
} from "../geometry/viewport.ts";
import { paintArea, paintBlock } from "./blocks.ts";
import { isShown, type Scene } from "./scene.ts";

/** Colours of sections follow the sale so seldom: it is only a sketch. */
const REFRESH_MS = 2000;

export class Minimap {
  private readonly canvas: HTMLCanvasElement;
  private readonly scene: Scene;
  private readonly picture: HTMLCanvasElement;
  private viewport: Viewport = { zoom: 1, origin: { x: 0, y: 0 } };
  private isOld = true;
  private paintedAt = -Infinity;

  constructor(canvas: HTMLCanvasElement, scene: Scene) {
    this.canvas = canvas;
    this.scene = scene;
    this.picture = canvas.ownerDocument.createElement("canvas");
  }

  listen(signal: AbortSignal, goTo: (point: PlanPoint) => void): void {
    this.canvas.addEventListener(
      "click",
      (event) => goTo(toPlan(this.viewport, { x: event.offsetX, y: event.offsetY })),
      { signal },
    );
  }

  touch(): void {
    if (performance.now() - this.paintedAt > REFRESH_MS) this.isOld = true;
  }

  repaint(): void {
    this.isOld = true;
  }

  show(viewport: Viewport, screen: Size, isHidden: boolean): void {
    this.canvas.hidden = isHidden;
    if (isHidden) return;
    if (this.isOld) this.paint();
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const { zoom, origin } = this.viewport;
    const ratio = devicePixelRatio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.picture, 0, 0);
    const box = visibleBox(viewport, screen);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.lineWidth = 2;
    context.strokeStyle = this.scene.palette.ink;
    context.strokeRect(
      box.left * zoom + origin.x,
      box.top * zoom + origin.y,
      (box.right - box.left) * zoom,
      (box.bottom - box.top) * zoom,
    );
  }

  private paint(): void {
    const { scene, canvas, picture } = this;
    const size = { width: canvas.clientWidth, height: canvas.clientHeight };
    if (!size.width) return;
    const ratio = devicePixelRatio;
    for (const each of [canvas, picture]) {
      each.width = size.width * ratio;
      each.height = size.height * ratio;
    }
    this.viewport = fitBox(grow(contentBox(scene.plan, scene.floor), scene.plan.seatSize), size, 3);
    const context = picture.getContext("2d");
    if (!context) return;
    const { zoom, origin } = this.viewport;
    context.setTransform(zoom * ratio, 0, 0, zoom * ratio, origin.x * ratio, origin.y * ratio);
    scene.plan.areas.forEach((area, index) => {
      if (isShown(scene, area)) paintArea(context, scene, area, index);
    });
    for (const section of scene.plan.sections) {
      if (isShown(scene, section) && !isEmpty(section.box)) paintBlock(context, scene, section);
    }
    this.isOld = false;
    this.paintedAt = performance.now();
  }
}
