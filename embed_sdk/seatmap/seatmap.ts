/**
 * The seat map: a plan drawn, moved, pointed at and walked through. It shows what can be had and says
 * what was chosen; holding places is `choice/`'s, fetching is `live/`'s.
 */

import { buildFrame, type Frame } from "./frame.ts";
import { holds } from "./geometry/boxes.ts";
import { floorsOverlap } from "./geometry/floors.ts";
import { type ScreenPoint, toScreen } from "./geometry/viewport.ts";
import { Aim } from "./gestures/aim.ts";
import { listen } from "./gestures/gestures.ts";
import { Grid } from "./list/grid.ts";
import { Backgrounds } from "./paint/backgrounds.ts";
import { Minimap } from "./paint/minimap.ts";
import { readPalette } from "./paint/palette.ts";
import { ribbonsOf } from "./paint/ribbons.ts";
import { isShown, priceOf, type Scene, type Zone, zonesByCategory } from "./paint/scene.ts";
import { Screen } from "./paint/screen.ts";
import { Places } from "./places/places.ts";
import { type Area, type Plan, type Section, sectionOf } from "./plan/plan.ts";
import { View } from "./view.ts";
import type { MapWords } from "./words.ts";

export interface SeatmapOptions {
  readonly plan: Plan;
  readonly zones: readonly Zone[];
  readonly words: MapWords;
  /** A seat was pointed at, or chosen with the keyboard. */
  readonly onSeat: (ordinal: number) => void;
  readonly onArea: (area: Area) => void;
  /** The pointer or the keyboard is over a seat (-1: over none), there on the map. */
  readonly onLook?: (ordinal: number, at: ScreenPoint) => void;
  /** What is said of a seat besides: "a pillar to the left". */
  readonly noteOf?: (ordinal: number) => string;
  /** Where a picture is that lies under the plan; without it none is shown. */
  readonly pictureUrl?: (image: string) => string;
}

/** The keyboard stands on seats of at least this size, in CSS pixels. */
const FOCUS_PX = 15;
const DOUBLE_TAP_MS = 350;
const DOUBLE_TAP_ZOOM = 2.2;

let count = 0;

/** Puts the map into the container. What it made is gone after `destroy()`. */
export function mountSeatmap(container: HTMLElement, options: SeatmapOptions): Seatmap {
  return new Seatmap(container, options);
}

export class Seatmap {
  readonly places: Places;
  private readonly options: SeatmapOptions;
  private readonly scene: Scene;
  private readonly frame: Frame;
  private readonly screen: Screen;
  private readonly view: View;
  private readonly aim: Aim;
  private readonly minimap: Minimap;
  private readonly grid: Grid;
  private readonly stopped = new AbortController();
  private readonly container: HTMLElement;
  private tappedAt = -Infinity;

  constructor(container: HTMLElement, options: SeatmapOptions) {
    const { plan, zones, words } = options;
    this.container = container;
    this.options = options;
    this.places = new Places(plan);
    const zoneOfCategory = zonesByCategory(plan, zones);
    this.scene = {
      plan,
      places: this.places,
      zones,
      zoneOfCategory,
      ribbonOf: ribbonsOf(plan, zoneOfCategory),
      words,
      backgrounds: new Backgrounds(),
      palette: readPalette(
        container,
        zones.map(({ letter }) => letter),
      ),
      floor: floorsOverlap(plan) ? (plan.floors[0]?.key ?? "") : "",
    };
    count += 1;
    this.frame = buildFrame(container, plan, words, this.scene.floor, `seatmap-${count}`);
    const stillness = matchMedia("(prefers-reduced-motion: reduce)");
    this.view = new View(plan, () => stillness.matches);
    this.view.setFloor(this.scene.floor);
    this.aim = new Aim(this.scene, this.view);
    this.screen = new Screen(this.frame.canvas, this.scene);
    this.screen.onFrame = (now) => this.step(now);
    this.minimap = new Minimap(this.frame.minimap, this.scene);
    this.grid = new Grid(this.frame.grid, this.gridHost(), `seatmap-${count}-seat`);
    this.listen();
    this.resize();
    if (options.pictureUrl) {
      this.scene.backgrounds.fetch(plan.backgrounds, options.pictureUrl, () => this.repaint());
    }
  }

  /** Takes a snapshot of all places: a byte each. Nothing is drawn before the first one. */
  load(states: Uint8Array): void {
    this.places.load(states);
    this.repaint();
    this.screen.open();
  }

  /** Takes changes, and returns the places whose look changed. */
  apply(changes: readonly (readonly [ordinal: number, state: number])[]): number[] {
    const changed = this.places.apply(changes);
    this.touched(changed);
    return changed;
  }

  /** Marks places as the buyer's, or not. */
  setMine(ordinals: readonly number[], isMine: boolean): void {
    this.places.setMine(ordinals, isMine);
    this.frame.showMine(
      this.places.mineOrdinals.some((each) => each < this.options.plan.seatCount),
    );
    this.touched(ordinals);
  }

  /** Shows that a place was lost to somebody else: a ring that fades. */
  pulse(ordinals: readonly number[]): void {
    for (const ordinal of ordinals) this.screen.marks.pulses.set(ordinal, performance.now());
    this.screen.ask();
  }

  /** Call after `places.filter()`. */
  repaint(): void {
    this.screen.repaint();
    this.minimap.repaint();
    this.grid.refresh();
  }

  showWhole(): void {
    this.view.go(this.view.whole);
    this.screen.ask();
  }

  /** Shows the seats' middle, near enough for a finger, or with seats of so many CSS pixels. */
  showSeats(ordinals: readonly number[], seatPx?: number): void {
    const { plan } = this.options;
    const seats = ordinals.filter((ordinal) => ordinal < plan.seatCount);
    const section = sectionOf(plan, seats[0] ?? 0);
    if (!seats.length || !section) return;
    const xs = seats.map((seat) => plan.x[seat] ?? 0);
    const ys = seats.map((seat) => plan.y[seat] ?? 0);
    const middle = {
      x: (Math.min(...xs) + Math.max(...xs)) / 2,
      y: (Math.min(...ys) + Math.max(...ys)) / 2,
    };
    this.showFloorOf(section);
    this.view.goTo(middle, seatPx ?? this.aim.pressedPx(section, true));
    this.screen.ask();
  }

  /** Shows the buyer's seats; the whole where there are none. */
  showMine(): void {
    const { mineOrdinals } = this.places;
    if (mineOrdinals.length) this.showSeats(mineOrdinals);
    else this.showWhole();
  }

  setFloor(floor: string): void {
    this.scene.floor = floor;
    this.view.setFloor(floor);
    this.frame.showFloor(floor);
    this.repaint();
    this.showWhole();
  }

  focus(): void {
    this.frame.grid.focus();
  }

  /** When the first picture is on the screen. */
  painted(): Promise<void> {
    return this.screen.painted;
  }

  destroy(): void {
    this.stopped.abort();
    this.screen.destroy();
    this.scene.backgrounds.destroy();
    this.frame.root.remove();
  }

  private step(now: number): boolean {
    const isMoving = this.view.step(now);
    this.screen.show(this.view.viewport);
    this.minimap.show(this.view.viewport, this.view.screen, this.view.isWhole);
    // Where there is nothing to move the map to, a finger moves the page.
    this.frame.surface.style.touchAction = this.view.isWhole ? "pan-y" : "none";
    return isMoving;
  }

  private touched(ordinals: readonly number[]): void {
    if (!ordinals.length) return;
    this.screen.touch(ordinals);
    this.minimap.touch();
    this.grid.refresh();
  }

  private listen(): void {
    const { signal } = this.stopped;
    const { surface, root } = this.frame;
    const sizes = new ResizeObserver(() => this.resize());
    sizes.observe(root);
    const schemes = matchMedia("(prefers-color-scheme: dark)");
    schemes.addEventListener("change", () => this.recolour(), { signal });
    this.watchRatio();
    const stopListening = listen(surface, {
      pan: (dx, dy) => this.moved(() => this.view.pan(dx, dy)),
      zoom: (anchor, factor) => this.moved(() => this.view.zoom(anchor, factor)),
      glide: (vx, vy) => this.moved(() => this.view.glide(vx, vy)),
      stop: () => this.view.mover.stop(),
      tap: (point, isTouch) => this.tap(point, isTouch),
      look: (point) => this.hover(point) >= 0,
      hover: (point) => this.hover(point),
      wantsWheel: (isIn) => isIn || !this.view.isWhole,
    });
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      stopListening();
    });
    this.grid.listen(signal);
    this.frame.listen(signal, {
      zoom: (factor) => this.zoomBy(factor),
      whole: () => this.showWhole(),
      mine: () => this.showMine(),
      floor: (floor) => this.setFloor(floor),
    });
    this.minimap.listen(signal, (point) => {
      this.view.goTo(point, this.view.seatPx);
      this.screen.ask();
    });
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.frame.root;
    // Hidden at first: it is drawn when there is room.
    if (!width || !height) return;
    this.view.resize({ width, height });
    this.screen.show(this.view.viewport);
    this.screen.resize({ width, height }, devicePixelRatio);
    this.minimap.repaint();
  }

  /** On another screen a pixel is another size; no box changes with it. */
  private watchRatio(): void {
    const { signal } = this.stopped;
    const same = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    const changed = (): void => {
      this.resize();
      this.watchRatio();
    };
    same.addEventListener("change", changed, { once: true, signal });
  }

  private recolour(): void {
    const letters = this.options.zones.map(({ letter }) => letter);
    this.scene.palette = readPalette(this.container, letters);
    this.repaint();
  }

  private zoomBy(factor: number): void {
    const { width, height } = this.view.screen;
    this.moved(() => this.view.zoom({ x: width / 2, y: height / 2 }, factor));
  }

  private moved(move: () => void): void {
    move();
    this.screen.ask();
  }

  private isSectionShown = (section: Section): boolean => isShown(this.scene, section);

  private tap(at: ScreenPoint, isTouch: boolean): void {
    const meant = this.aim.meant(at, isTouch);
    if (!meant) this.tapNowhere(at);
    else if ("seat" in meant) this.options.onSeat(meant.seat);
    else if ("area" in meant) this.options.onArea(meant.area);
    else {
      this.view.goToBox(meant.nearer, meant.seatPx, meant.around);
      this.screen.ask();
    }
  }

  /** Twice where nothing is: nearer. */
  private tapNowhere(at: ScreenPoint): void {
    const now = performance.now();
    const isSecond = now - this.tappedAt < DOUBLE_TAP_MS;
    this.tappedAt = isSecond ? -Infinity : now;
    if (!isSecond) return;
    this.view.flyNearer(at, DOUBLE_TAP_ZOOM);
    this.screen.ask();
  }

  /** Returns the seat there, or -1. */
  private hover(at: ScreenPoint | null): number {
    const seat = at ? this.aim.seatUnder(at) : -1;
    this.frame.surface.style.cursor = seat >= 0 && this.isChoosable(seat) ? "pointer" : "grab";
    if (seat !== this.screen.marks.hover) {
      this.screen.marks.hover = seat;
      this.screen.ask();
      this.options.onLook?.(seat, this.screenPointOf(seat));
    }
    return seat;
  }

  private isChoosable(seat: number): boolean {
    const look = this.places.look(seat);
    return look === "free" || look === "mine";
  }

  private screenPointOf(seat: number): ScreenPoint {
    const { plan } = this.options;
    return toScreen(this.view.viewport, { x: plan.x[seat] ?? 0, y: plan.y[seat] ?? 0 });
  }

  private showFloorOf({ floor }: Section): void {
    if (floor && this.scene.floor && floor !== this.scene.floor) this.setFloor(floor);
  }

  private gridHost(): ConstructorParameters<typeof Grid>[1] {
    const { plan, words, onSeat, noteOf } = this.options;
    return {
      plan,
      words,
      places: this.places,
      isShown: this.isSectionShown,
      priceOf: (seat) => priceOf(this.scene, seat),
      noteOf: (seat) => noteOf?.(seat) ?? "",
      start: () => this.places.mineOrdinals[0] ?? this.bestSeat(),
      choose: onSeat,
      focused: (seat) => this.focused(seat),
      leave: () => this.showWhole(),
      zoom: (factor) => this.zoomBy(factor),
    };
  }

  private focused(seat: number): void {
    this.screen.marks.focus = seat;
    if (seat >= 0) {
      const { x, y } = this.screenPointOf(seat);
      const { width, height } = this.view.screen;
      const inside = holds({ left: 0, top: 0, right: width, bottom: height }, x, y);
      const isNear = Math.min(x, y, width - x, height - y) > 40;
      if (!inside || !isNear || this.view.seatPx < FOCUS_PX) this.showSeats([seat]);
    }
    this.screen.ask();
    this.options.onLook?.(seat, this.screenPointOf(seat));
  }

  /** The open seat that is nearest to what everyone looks at. */
  private bestSeat(): number {
    const { plan } = this.options;
    let best = plan.seatCount ? 0 : -1;
    let nearest = Infinity;
    for (const section of plan.sections) {
      if (!this.isSectionShown(section)) continue;
      for (let seat = section.first; seat < section.end; seat += 1) {
        if (!this.places.isOpen(seat)) continue;
        const way =
          ((plan.x[seat] ?? 0) - plan.focus.x) ** 2 + ((plan.y[seat] ?? 0) - plan.focus.y) ** 2;
        if (way < nearest) {
          nearest = way;
          best = seat;
        }
      }
    }
    return best;
  }
}
