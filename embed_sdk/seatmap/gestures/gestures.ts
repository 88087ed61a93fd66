/**
 * Pointers and the wheel, as moves of a viewport: drag, pinch, wheel, tap, and a drag that glides on.
 * It knows nothing of plans. `listen()` returns what takes every listener away again.
 */

import type { ScreenPoint } from "../geometry/viewport.ts";

export interface GestureTarget {
  readonly pan: (dx: number, dy: number) => void;
  readonly zoom: (anchor: ScreenPoint, factor: number) => void;
  readonly tap: (point: ScreenPoint, isTouch: boolean) => void;
  /** A finger rests there; whether there is something to look at. If not, it is a tap. */
  readonly look: (point: ScreenPoint) => boolean;
  /** The pointer of a mouse, or null when it is gone, or when a finger touches something else. */
  readonly hover: (point: ScreenPoint | null) => void;
  /** A drag was let go at this speed, in pixels a millisecond. */
  readonly glide: (dx: number, dy: number) => void;
  /** Something was touched: whatever moves by itself stops. */
  readonly stop: () => void;
  /** Whether a wheel that turns this way means the map; else the page scrolls. */
  readonly wantsWheel: (isIn: boolean) => boolean;
}

interface Held {
  x: number;
  y: number;
  readonly startX: number;
  readonly startY: number;
  readonly isTouch: boolean;
}

/** A finger that rests for so long looks; it does not choose. */
const REST_MS = 450;
/** A finger is never quite still. */
const SLACK_PX = { touch: 10, mouse: 4 };
const GLIDE_FROM = 0.15;
/** Speed is that of the last moves, not of the whole drag. */
const SPEED_WINDOW_MS = 90;

export function listen(element: HTMLElement, target: GestureTarget): () => void {
  const gestures = new Gestures(element, target);
  const stop = new AbortController();
  const { signal } = stop;
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    handle: (event: HTMLElementEventMap[K]) => void,
  ): void => element.addEventListener(type, handle, { signal, passive: false });
  on("pointerdown", (event) => gestures.down(event));
  on("pointermove", (event) => gestures.move(event));
  on("pointerup", (event) => gestures.up(event));
  on("pointercancel", (event) => gestures.cancel(event));
  on("pointerleave", (event) => {
    // What a finger looked at stays when it is lifted.
    if (event.pointerType === "mouse") target.hover(null);
  });
  on("wheel", (event) => gestures.wheel(event));
  return () => {
    stop.abort();
    gestures.leave();
  };
}

class Gestures {
  private readonly element: HTMLElement;
  private readonly target: GestureTarget;
  private readonly held = new Map<number, Held>();
  private isDrag = false;
  /** A finger rests and looks: when it is lifted that is no tap. */
  private isLook = false;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private trail: { at: number; x: number; y: number }[] = [];

  constructor(element: HTMLElement, target: GestureTarget) {
    this.element = element;
    this.target = target;
  }

  down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const { x, y } = this.place(event);
    const isTouch = event.pointerType !== "mouse";
    this.target.stop();
    this.leave();
    if (isTouch) this.target.hover(null);
    if (!this.held.size) {
      this.isDrag = false;
      this.trail = [];
    } else {
      // Two fingers are never a tap.
      this.isDrag = true;
    }
    this.held.set(event.pointerId, {
      x,
      y,
      startX: x,
      startY: y,
      isTouch,
    });
    if (!isTouch || this.isDrag) return;
    this.rest = setTimeout(() => {
      this.isLook = this.target.look({ x, y });
    }, REST_MS);
  }

  /** Whoever rests no longer does not look either. */
  leave(): void {
    clearTimeout(this.rest);
    this.isLook = false;
  }

  move(event: PointerEvent): void {
    const held = this.held.get(event.pointerId);
    const now = this.place(event);
    if (!held) {
      if (event.pointerType === "mouse") this.target.hover(now);
      return;
    }
    if (!this.isDrag) {
      const slack = held.isTouch ? SLACK_PX.touch : SLACK_PX.mouse;
      if (Math.hypot(now.x - held.startX, now.y - held.startY) < slack) return;
      this.isDrag = true;
      this.leave();
      this.capture(event.pointerId);
      this.target.hover(null);
    }
    const before = this.spread();
    const [dx, dy] = [now.x - held.x, now.y - held.y];
    held.x = now.x;
    held.y = now.y;
    if (before) this.pinch(before);
    else this.drag(dx, dy, event.timeStamp);
  }

  up(event: PointerEvent): void {
    const held = this.held.get(event.pointerId);
    if (!held) return;
    this.held.delete(event.pointerId);
    clearTimeout(this.rest);
    if (this.held.size || this.isLook) return;
    if (!this.isDrag) {
      this.target.tap({ x: held.startX, y: held.startY }, held.isTouch);
      return;
    }
    const [vx, vy] = this.speed(event.timeStamp);
    if (Math.hypot(vx, vy) > GLIDE_FROM) this.target.glide(vx, vy);
  }

  cancel(event: PointerEvent): void {
    this.leave();
    this.held.delete(event.pointerId);
    this.trail = [];
  }

  wheel(event: WheelEvent): void {
    const factor = Math.exp(-pixelsOf(event) * (event.ctrlKey ? 0.01 : 0.0022));
    if (!this.target.wantsWheel(factor > 1)) return;
    event.preventDefault();
    this.target.stop();
    this.target.zoom(this.place(event), Math.min(2.5, Math.max(0.4, factor)));
  }

  private drag(dx: number, dy: number, at: number): void {
    this.target.pan(dx, dy);
    this.trail.push({ at, x: dx, y: dy });
    while (this.trail[0] && at - this.trail[0].at > SPEED_WINDOW_MS) this.trail.shift();
  }

  private pinch(before: { x: number; y: number; way: number }): void {
    const after = this.spread();
    if (!after) return;
    this.trail = [];
    this.target.pan(after.x - before.x, after.y - before.y);
    this.target.zoom({ x: after.x, y: after.y }, after.way / before.way);
  }

  /** The middle between the first two pointers, and the way between them. */
  private spread(): { x: number; y: number; way: number } | undefined {
    const [one, other] = this.held.values();
    if (!one || !other) return undefined;
    return {
      x: (one.x + other.x) / 2,
      y: (one.y + other.y) / 2,
      way: Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)),
    };
  }

  private speed(now: number): readonly [number, number] {
    const [first] = this.trail;
    // A finger that rested before it was lifted throws nothing.
    if (!first || now - (this.trail.at(-1)?.at ?? 0) > SPEED_WINDOW_MS) return [0, 0];
    const took = Math.max(16, now - first.at);
    const sum = this.trail.reduce((all, each) => ({ x: all.x + each.x, y: all.y + each.y }), {
      x: 0,
      y: 0,
    });
    return [sum.x / took, sum.y / took];
  }

  private capture(pointer: number): void {
    try {
      this.element.setPointerCapture(pointer);
    } catch {
      // The pointer is gone already.
    }
  }

  private place(event: MouseEvent): ScreenPoint {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }
}

function pixelsOf(event: WheelEvent): number {
  if (event.deltaMode === WheelEvent.DOM_DELTA_LINE) return event.deltaY * 16;
  if (event.deltaMode === WheelEvent.DOM_DELTA_PAGE) return event.deltaY * 400;
  return event.deltaY;
}
