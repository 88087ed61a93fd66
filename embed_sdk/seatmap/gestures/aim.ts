/** What a pointer on the map means, by how near one is: a seat, an area, somewhere to go, or nothing. */

import { areaAt, seatAt, sectionAt } from "../geometry/hit.ts";
import { pitchOf } from "../geometry/pitch.ts";
import { type PlanPoint, type ScreenPoint, toPlan } from "../geometry/viewport.ts";
import { isShown, type Scene } from "../paint/scene.ts";
import { type Area, type Box, type Section, sectionOf } from "../plan/plan.ts";
import type { View } from "../view.ts";

/** From one seat to the next, and of an area: a finger on less zooms first (WCAG 2.5.8). */
const FINGER_PX = 24;
/** A mouse points at seats from this size on, in CSS pixels, and a press on smaller ones makes them: */
const MOUSE_PX = 9;
const PRESSED_PX = 15;
const LEAST_REACH_PX = FINGER_PX / 2;

export type Meant =
  | { readonly seat: number }
  | { readonly area: Area }
  /** Too small to be pointed at: this box, with seats of so many CSS pixels around the point. */
  | { readonly nearer: Box; readonly seatPx: number; readonly around?: PlanPoint };

export class Aim {
  private readonly scene: Pick<Scene, "plan" | "floor">;
  private readonly view: View;
  private readonly pitches = new Map<Section, number>();

  constructor(scene: Pick<Scene, "plan" | "floor">, view: View) {
    this.scene = scene;
    this.view = view;
  }

  /** What a press there means; null for nothing. */
  meant(at: ScreenPoint, isTouch: boolean): Meant | null {
    const { plan } = this.scene;
    const { zoom } = this.view.viewport;
    const around = toPlan(this.view.viewport, at);
    const seat = seatAt(plan, around, this.reach(), this.isSectionShown);
    const own = seat < 0 ? undefined : sectionOf(plan, seat);
    if (own && this.isPointable(own, isTouch)) return { seat };
    const reach = 1.6 * plan.seatSize + 6 / zoom;
    const section = sectionAt(plan, around, reach, this.isSectionShown);
    if (section && !this.isPointable(section, isTouch)) {
      return { nearer: section.box, seatPx: this.pressedPx(section, isTouch), around };
    }
    const area = areaAt(plan, around, (each) => isShown(this.scene, each));
    return area ? this.meantArea(area, isTouch) : null;
  }

  /** The seat under a mouse, or -1. */
  seatUnder(at: ScreenPoint): number {
    if (this.view.seatPx < MOUSE_PX) return -1;
    const point = toPlan(this.view.viewport, at);
    return seatAt(this.scene.plan, point, this.reach(), this.isSectionShown);
  }

  /** How large the section's seats are when they can be pointed at, in CSS pixels. */
  pressedPx(section: Section, isTouch: boolean): number {
    return isTouch ? this.fingerPx(section) : PRESSED_PX;
  }

  /** An area that is a dot on the screen is shown first. */
  private meantArea(area: Area, isTouch: boolean): Meant {
    const { left, top, right, bottom } = area.box;
    const least = Math.max(1, Math.min(right - left, bottom - top));
    if (!isTouch || least * this.view.viewport.zoom >= FINGER_PX) return { area };
    return { nearer: area.box, seatPx: (FINGER_PX * this.scene.plan.seatSize) / least };
  }

  /** Whether whoever points now can tell the section's seats apart. */
  private isPointable(section: Section, isTouch: boolean): boolean {
    // A zoom is never quite what was asked for.
    return this.view.seatPx >= (isTouch ? this.fingerPx(section) * 0.999 : MOUSE_PX);
  }

  private fingerPx(section: Section): number {
    const { plan } = this.scene;
    let pitch = this.pitches.get(section);
    if (pitch === undefined) {
      pitch = pitchOf(plan, section);
      this.pitches.set(section, pitch);
    }
    return (FINGER_PX * plan.seatSize) / pitch;
  }

  /** How far from its centre a seat is still meant, in plan units. */
  private reach(): number {
    return Math.max(0.58 * this.scene.plan.seatSize, LEAST_REACH_PX / this.view.viewport.zoom);
  }

  private isSectionShown = (section: Section): boolean => isShown(this.scene, section);
}
