/**
 * Pictures that the organizer has laid under the plan. They come when they come: the plan is drawn
 * without them, and again when one is there.
 */

import type { Background } from "../plan/plan.ts";
import { isShown, type Scene } from "./scene.ts";

export class Backgrounds {
  private readonly loaded = new Map<string, HTMLImageElement>();
  private isOver = false;

  /** `addressOf` a picture's id; `arrived()` when one more can be drawn. */
  fetch(
    backgrounds: readonly Background[],
    addressOf: (image: string) => string,
    arrived: () => void,
  ): void {
    for (const image of new Set(backgrounds.map((each) => each.image))) {
      const picture = new Image();
      picture.decoding = "async";
      picture.src = addressOf(image);
      picture.decode().then(
        () => {
          if (this.isOver) return;
          this.loaded.set(image, picture);
          arrived();
        },
        // Without it the plan says the same: it is only drawn.
        () => {},
      );
    }
  }

  /** In plan units: the context is scaled. */
  paint(context: CanvasRenderingContext2D, scene: Scene): void {
    for (const background of scene.plan.backgrounds) {
      const picture = this.loaded.get(background.image);
      if (!picture || !isShown(scene, background)) continue;
      const { x, y, width, height } = background;
      context.save();
      context.translate(x, y);
      context.rotate((background.angle * Math.PI) / 180);
      context.globalAlpha = background.opacity * (scene.palette.isDark ? 0.5 : 1);
      context.drawImage(picture, 0, 0, width, height);
      context.restore();
    }
  }

  destroy(): void {
    this.isOver = true;
    this.loaded.clear();
  }
}
