/** Where one looks: the viewport, its limits, and what moves it. Knows the plan, not what is drawn. */

import { contentBox } from "./geometry/boxes.ts";
import {
  centre,
  fitBox,
  keepInSight,
  type Limits,
  type PlanPoint,
  panBy,
  type ScreenPoint,
  type Size,
  toPlan,
  type Viewport,
  zoomAt,
} from "./geometry/viewport.ts";
import { Mover } from "./gestures/motion.ts";
import type { Box, Plan } from "./plan/plan.ts";

/** The largest a seat gets, in CSS pixels. */
const LARGEST_SEAT_PX = 64;
const MARGIN_PX = 12;
/** What the choice of floors covers at the top. */
const FLOORS_PX = 44;

export class View {
  readonly mover = new Mover();
  viewport: Viewport = { zoom: 1, origin: { x: 0, y: 0 } };
  private readonly plan: Plan;
  private readonly isStill: () => boolean;
  private size: Size = { width: 0, height: 0 };
  /** Nobody has seen anything yet: what is gone to is where one begins. */
  private isUnseen = true;
  private own: Box;

  /** `isStill()` says whether motion is unwanted (prefers-reduced-motion). */
  constructor(plan: Plan, isStill: () => boolean) {
    this.plan = plan;
    this.isStill = isStill;
    this.own = contentBox(plan, "");
  }

  /** What there is to see, with room above for what lies over the map there. */
  private get content(): Box {
    const { floors } = this.plan;
    const share = floors.length > 1 ? FLOORS_PX / Math.max(2 * FLOORS_PX, this.size.height) : 0;
    const height = this.own.bottom - this.own.top;
    return { ...this.own, top: this.own.top - (height * share) / (1 - share) };
  }

  get screen(): Size {
    return this.size;
  }

  get limits(): Limits {
    const most = LARGEST_SEAT_PX / this.plan.seatSize;
    return { least: Math.min(most, this.whole.zoom), most, box: this.content };
  }

  /** Everything, as large as it fits. */
  get whole(): Viewport {
    return fitBox(this.content, this.size, MARGIN_PX);
  }

  get isWhole(): boolean {
    return this.viewport.zoom <= this.limits.least * 1.02;
  }

  /** How large a seat is now, in CSS pixels. */
  get seatPx(): number {
    return this.plan.seatSize * this.viewport.zoom;
  }

  setFloor(floor: string): void {
    this.own = contentBox(this.plan, floor);
  }

  /** Another size of the screen: what was in its middle stays there. */
  resize(size: Size): void {
    if (size.width === this.size.width && size.height === this.size.height) return;
    const isFirst = !this.size.width || !this.size.height;
    const wasWhole = isFirst || this.isWhole;
    const middle = toPlan(this.viewport, { x: this.size.width / 2, y: this.size.height / 2 });
    this.size = size;
    this.mover.stop();
    this.set(wasWhole ? this.whole : centre(middle as PlanPoint, this.viewport.zoom, size));
  }

  pan(dx: number, dy: number): void {
    this.set(panBy(this.viewport, dx, dy));
  }

  zoom(anchor: ScreenPoint, factor: number): void {
    this.set(zoomAt(this.viewport, anchor, factor, this.limits));
  }

  /** Zooms on the way, not at once. */
  flyNearer(anchor: ScreenPoint, factor: number): void {
    this.go(zoomAt(this.viewport, anchor, factor, this.limits));
  }

  glide(vx: number, vy: number): void {
    if (!this.isStill()) this.mover.glide(this.viewport, vx, vy);
  }

  /** Goes to a viewport: on the way, or at once where motion is unwanted. */
  go(to: Viewport): void {
    const kept = keepInSight(to, this.size, this.content);
    if (this.isStill() || this.isUnseen) this.set(kept);
    else this.mover.fly(this.viewport, kept, this.size);
  }

  /** Shows the point, with seats of at least so many pixels. */
  goTo(point: PlanPoint, leastSeatPx: number): void {
    const zoom = Math.min(
      this.limits.most,
      Math.max(this.viewport.zoom, leastSeatPx / this.plan.seatSize),
    );
    this.go(centre(point, zoom, this.size));
  }

  /** Shows the box whole, or its part around the point where seats would get too small. */
  goToBox(box: Box, leastSeatPx: number, around?: PlanPoint): void {
    const fitted = fitBox(box, this.size, 2 * MARGIN_PX);
    const least = leastSeatPx / this.plan.seatSize;
    const middle = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 } as PlanPoint;
    const zoom = Math.min(this.limits.most, Math.max(fitted.zoom, least));
    this.go(centre(fitted.zoom < least ? (around ?? middle) : middle, zoom, this.size));
  }

  /** Takes a step of what moves by itself; true while it does. */
  step(now: number): boolean {
    this.isUnseen = false;
    const next = this.mover.step(now);
    if (next) this.set(next);
    return this.mover.isMoving;
  }

  private set(viewport: Viewport): void {
    this.viewport = keepInSight(viewport, this.size, this.content);
  }
}
