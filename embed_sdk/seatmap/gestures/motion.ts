/** What moves by itself: a flight to a viewport, and a drag that glides on. One at a time. */

import { between, panBy, type Size, type Viewport } from "../geometry/viewport.ts";

const FLIGHT_MS = 420;
const FRICTION_MS = 320;
const STILL = 0.02;

type Motion = (now: number) => { readonly viewport: Viewport; readonly isOver: boolean };

export class Mover {
  private motion: Motion | null = null;

  get isMoving(): boolean {
    return this.motion !== null;
  }

  stop(): void {
    this.motion = null;
  }

  fly(from: Viewport, to: Viewport, screen: Size): void {
    let start = -1;
    this.motion = (now) => {
      if (start < 0) start = now;
      const progress = Math.min(1, (now - start) / FLIGHT_MS);
      const viewport = progress < 1 ? between(from, to, progress, screen) : to;
      return { viewport, isOver: progress >= 1 };
    };
  }

  /** `vx` and `vy` in pixels a millisecond. */
  glide(from: Viewport, vx: number, vy: number): void {
    let start = -1;
    this.motion = (now) => {
      if (start < 0) start = now;
      const left = Math.exp(-(now - start) / FRICTION_MS);
      const way = FRICTION_MS * (1 - left);
      return {
        viewport: panBy(from, vx * way, vy * way),
        isOver: Math.hypot(vx, vy) * left < STILL,
      };
    };
  }

  /** The viewport of this frame, or null when nothing moves. */
  step(now: number): Viewport | null {
    const step = this.motion?.(now);
    if (!step) return null;
    if (step.isOver) this.motion = null;
    return step.viewport;
  }
}
