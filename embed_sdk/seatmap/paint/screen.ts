/**
 * The canvas that is seen. Each frame shows the last picture where the viewport is now, and goes on
 * painting the next one for some milliseconds. Frames are asked for only while something moves.
 */

import type { Size, Viewport } from "../geometry/viewport.ts";
import { Level } from "./levels.ts";
import { type Marks, paintMarks } from "./marks.ts";
import {
  Atelier,
  covers,
  isExact,
  MARGIN,
  makePicture,
  makeSheet,
  type Picture,
  putTogether,
  type Sheet,
  showSheet,
} from "./picture.ts";
import type { Scene } from "./scene.ts";

/** So long of a frame's 16 ms may be spent on the next picture. */
const SLICE_MS = 5;
/** The first picture has no gesture to wait for; but on a phone a slice takes four times as long. */
const FIRST_SLICE_MS = 6;
/** So many sections are painted between two looks at the clock that count what they really cost. */
const SETTLE_EVERY = 6;
/** Sections and rows are repainted at most so often while the sale goes on. */
const REFRESH_MS = 200;
/** While somebody zooms, the picture is scaled; it is painted anew when they have rested so long, */
const REST_MS = 110;
/** or when it has become too coarse or too small for words. */
const COARSE = 3;
const SMALL = 0.33;
const BASE_SHARPNESS = 0.5;
/**
 * Device pixels a CSS pixel: at first, and from then on where the machine is quick. One without a
 * graphics card copies each of them with each slice, and nobody sees more than three.
 */
const FIRST_RATIO = 2;
const MOST_RATIO = 3;
/** Milliseconds that a quick machine takes at most to draw a million pixels of the first picture. */
const QUICK_MS = 12;

export class Screen {
  readonly canvas: HTMLCanvasElement;
  private readonly scene: Scene;
  private readonly context: CanvasRenderingContext2D;
  private readonly atelier: Atelier;
  private front: Picture | null = null;
  /** The front picture put together: what frames show. */
  private readonly sheet = makeSheet();
  /** The farthest view, not so sharp: it lies under the sheet where that does not reach. */
  private base: Sheet | null = null;
  private back: Picture | null = null;
  private job: Generator<void> | null = null;
  private touched = new Set<number>();
  private isStale = false;
  private refreshAt = 0;
  private size: Size = { width: 0, height: 0 };
  private ratio = 1;
  private devicePixelRatio = 1;
  private mostRatio = FIRST_RATIO;
  /** The first picture takes long: most likely there is no graphics card. */
  private isSlow = false;
  /** What drawing has taken for the first picture. */
  private drawnMs = 0;
  private viewport: Viewport = { zoom: 1, origin: { x: 0, y: 0 } };
  private frame = 0;
  private zoomedAt = -Infinity;
  /** A timer would wait for 4 ms each time. */
  private readonly turn = new MessageChannel();
  private isHurrying = false;
  private isOpen = false;
  /** All of the next picture is painted. */
  private isDry = false;
  private now = 0;
  private tellPainted: () => void = () => undefined;
  /** When the first picture is there. */
  readonly painted = new Promise<void>((resolve) => {
    this.tellPainted = resolve;
  });
  marks: Marks = { focus: -1, hover: -1, pulses: new Map() };
  /** Called before each frame; true asks for another one. */
  onFrame: (now: number) => boolean = () => false;

  constructor(canvas: HTMLCanvasElement, scene: Scene) {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("This browser gives no canvas to draw on.");
    this.canvas = canvas;
    this.context = context;
    this.scene = scene;
    this.atelier = new Atelier(scene);
    this.turn.port1.onmessage = () => this.run(performance.now());
  }

  resize(size: Size, devicePixelRatio: number): void {
    const ratio = Math.min(this.mostRatio, Math.max(1, devicePixelRatio));
    const { width, height } = this.size;
    // To set a canvas' size empties it.
    if (width === size.width && height === size.height && ratio === this.ratio) return;
    this.devicePixelRatio = devicePixelRatio;
    this.size = size;
    this.ratio = ratio;
    this.canvas.width = Math.round(size.width * ratio);
    this.canvas.height = Math.round(size.height * ratio);
    this.draw();
  }

  show(viewport: Viewport): void {
    if (viewport.zoom !== this.viewport.zoom) this.zoomedAt = performance.now();
    this.viewport = viewport;
    this.ask();
  }

  /** It is known what can be had: from now on there is something to paint. */
  open(): void {
    this.isOpen = true;
    this.ask();
  }

  /** Some seats look otherwise now. */
  touch(seats: readonly number[]): void {
    if (!this.front || !this.atelier.patch(this.front, this.sheet, seats)) this.isStale = true;
    // What is being painted may have passed them already.
    if (this.job) for (const seat of seats) this.touched.add(seat);
    this.ask();
  }

  /** Everything may look otherwise: another floor, filter or palette. */
  repaint(): void {
    this.job = null;
    this.base = null;
    this.isStale = true;
    this.refreshAt = 0;
    this.ask();
  }

  /** Asks for a frame; there is never more than one to come. */
  ask(): void {
    if (!this.frame && !this.isHurrying) this.frame = requestAnimationFrame((now) => this.run(now));
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.turn.port1.close();
    this.frame = -1;
    this.job = null;
  }

  private run(now: number): void {
    if (!this.isOpen || !this.size.width || !this.size.height) {
      this.rest();
      return;
    }
    this.now = now;
    // What is asked for from here on is done in this frame, or is looked at below. Otherwise each
    // frame would ask for the next one, for ever.
    const isMoving = this.onFrame(now);
    this.goOn();
    this.rest();
    if (!this.front) {
      // Nothing to show yet, and to show it empty would cost a frame.
      this.hurry();
      return;
    }
    this.draw();
    if (isMoving || this.isUnfinished || this.marks.pulses.size) this.ask();
  }

  /** Nothing is to come any more, until it is asked for. */
  private rest(): void {
    this.frame = 0;
    this.isHurrying = false;
  }

  /** For the first picture no frame is waited for: only for the page, which may answer in between. */
  private hurry(): void {
    this.isHurrying = true;
    this.turn.port2.postMessage(null);
  }

  /** Begins the next picture or paints a slice of it, as far as that does not hold up a gesture. */
  private goOn(): void {
    if (this.isZooming) return;
    // What was begun before the zoom is of no use any more.
    if (this.job && this.back?.viewport.zoom !== this.viewport.zoom) this.job = null;
    if (!this.job && this.needsPicture) this.begin();
    // To put a picture together is work enough for a frame.
    if (this.job && this.isDry) this.hang();
    else if (this.job) this.work(this.front ? SLICE_MS : FIRST_SLICE_MS);
    else this.keepBase();
  }

  private get isZooming(): boolean {
    if (!this.front || performance.now() - this.zoomedAt > REST_MS) return false;
    const scale = this.viewport.zoom / this.front.viewport.zoom;
    return scale < COARSE && scale > SMALL;
  }

  private get isUnfinished(): boolean {
    return this.job !== null || this.isStale || !this.isExact || this.needsBase;
  }

  private get isExact(): boolean {
    const { front, viewport, size, ratio } = this;
    return front !== null && isExact(front, viewport, size, ratio);
  }

  private get needsPicture(): boolean {
    return !this.isExact || (this.isStale && this.now >= this.refreshAt);
  }

  /** Whether this is the farthest view so far. */
  private get needsBase(): boolean {
    const { base, front } = this;
    return front !== null && (base === null || base.viewport.zoom > front.viewport.zoom);
  }

  private begin(): void {
    this.back ??= makePicture();
    this.touched.clear();
    this.isDry = false;
    this.isStale = false;
    this.refreshAt = performance.now() + REFRESH_MS;
    // The first one is waited for, and in the middle of a zoom the next one is soon: no room around.
    const isWide = this.front !== null && performance.now() - this.zoomedAt > REST_MS;
    const margin = isWide ? MARGIN : 0;
    this.job = this.atelier.paint(this.back, this.viewport, this.size, this.ratio, margin);
  }

  private work(budgetMs: number): void {
    const until = performance.now() + budgetMs;
    const { job, back } = this;
    if (!job || !back) return;
    let step = 0;
    do {
      this.isDry = job.next().done === true;
      step += 1;
      // Broad strokes are cheap to ask for and dear to draw; copied seats are neither.
      if (step % SETTLE_EVERY === 0 && back.level < Level.SEATS) this.settle(back);
    } while (!this.isDry && performance.now() < until);
    this.settle(back);
  }

  private settle(picture: Picture): void {
    const begun = performance.now();
    this.atelier.settle(picture, this.isSlow);
    if (this.front) return;
    this.drawnMs += performance.now() - begun;
    const { width, height } = this.canvas;
    this.isSlow = this.drawnMs > (QUICK_MS * width * height) / 1e6;
  }

  /** The picture is finished: it is shown from now on. */
  private hang(): void {
    const isFirst = this.front === null;
    [this.front, this.back] = [this.back, this.front];
    this.job = null;
    const { front } = this;
    if (!front) return;
    if (this.touched.size) {
      this.isStale ||= !this.atelier.patch(front, this.sheet, [...this.touched]);
    }
    putTogether(front, this.sheet);
    if (isFirst) this.sharpen();
    this.tellPainted();
  }

  /** After the first picture it is known how quick the machine is: a quick one gets all its pixels. */
  private sharpen(): void {
    if (this.isSlow || this.devicePixelRatio <= this.mostRatio) return;
    this.mostRatio = MOST_RATIO;
    this.resize(this.size, this.devicePixelRatio);
  }

  /** Keeps the farthest view, when there is nothing else to do. */
  private keepBase(): void {
    const { front } = this;
    if (!front || !this.needsBase) return;
    this.base ??= makeSheet();
    putTogether(front, this.base, BASE_SHARPNESS);
  }

  private draw(): void {
    const { context, canvas, front, ratio } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!front) return;
    const { base, sheet } = this;
    if (base && !covers(sheet, this.viewport, this.size)) {
      showSheet(context, base, this.viewport, ratio);
    }
    showSheet(context, sheet, this.viewport, ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintMarks(context, this.scene, this.viewport, this.marks, performance.now());
  }
}
