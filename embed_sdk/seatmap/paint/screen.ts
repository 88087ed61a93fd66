/**
 * The canvas that is seen. Each frame shows the last picture where the viewport is now, and goes on
 * painting the next one for some milliseconds. Frames are asked for only while something moves.
 */

import type { Size, Viewport } from "../geometry/viewport.ts";
import { type Marks, paintMarks } from "./marks.ts";
import { Atelier, isExact, makePicture, type Picture, showPicture } from "./picture.ts";
import type { Scene } from "./scene.ts";

/** So long of a frame's 16 ms may be spent on the next picture. */
const SLICE_MS = 7;
/** Sections and rows are repainted at most so often while the sale goes on. */
const REFRESH_MS = 200;
/** More device pixels a CSS pixel than that nobody sees, and all pay for. */
const MOST_RATIO = 2.5;

export class Screen {
  readonly canvas: HTMLCanvasElement;
  private readonly scene: Scene;
  private readonly context: CanvasRenderingContext2D;
  private readonly atelier: Atelier;
  private front: Picture | null = null;
  private back: Picture | null = null;
  private job: Generator<void> | null = null;
  private touched = new Set<number>();
  private isStale = false;
  private refreshAt = 0;
  private size: Size = { width: 0, height: 0 };
  private ratio = 1;
  private viewport: Viewport = { zoom: 1, origin: { x: 0, y: 0 } };
  private frame = 0;
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
  }

  resize(size: Size, devicePixelRatio: number): void {
    const ratio = Math.min(MOST_RATIO, Math.max(1, devicePixelRatio));
    this.size = size;
    this.ratio = ratio;
    this.canvas.width = Math.round(size.width * ratio);
    this.canvas.height = Math.round(size.height * ratio);
    this.draw();
  }

  show(viewport: Viewport): void {
    this.viewport = viewport;
    this.ask();
  }

  /** Some seats look otherwise now. */
  touch(seats: readonly number[]): void {
    if (!this.front || !this.atelier.patch(this.front, seats)) this.isStale = true;
    // What is being painted may have passed them already.
    if (this.job) for (const seat of seats) this.touched.add(seat);
    this.ask();
  }

  /** Everything may look otherwise: another floor, filter or palette. */
  repaint(): void {
    this.job = null;
    this.isStale = true;
    this.refreshAt = 0;
    this.ask();
  }

  /** Asks for a frame. */
  ask(): void {
    if (!this.frame) this.frame = requestAnimationFrame((now) => this.run(now));
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.frame = -1;
    this.job = null;
  }

  /** Paints to the end, at once: the first picture, and what a benchmark measures. */
  finish(): void {
    if (!this.size.width || !this.size.height) return;
    this.begin();
    while (this.job) this.work(Infinity);
    this.draw();
  }

  private run(now: number): void {
    this.frame = 0;
    if (!this.size.width || !this.size.height) return;
    const isMoving = this.onFrame(now);
    if (!this.front) {
      this.finish();
    } else {
      if (!this.job && this.needsPicture(now)) this.begin();
      if (this.job) this.work(SLICE_MS);
      this.draw();
    }
    if (isMoving || this.job || this.isStale || this.marks.pulses.size) this.ask();
  }

  private needsPicture(now: number): boolean {
    const { front, viewport, size, ratio } = this;
    if (!front || !isExact(front, viewport, size, ratio)) return true;
    return this.isStale && now >= this.refreshAt;
  }

  private begin(): void {
    this.back ??= makePicture();
    this.touched.clear();
    this.isStale = false;
    this.refreshAt = performance.now() + REFRESH_MS;
    this.job = this.atelier.paint(this.back, this.viewport, this.size, this.ratio);
  }

  private work(budgetMs: number): void {
    const until = performance.now() + budgetMs;
    const { job } = this;
    if (!job) return;
    do {
      if (!job.next().done) continue;
      [this.front, this.back] = [this.back, this.front];
      this.job = null;
      if (this.touched.size && this.front) {
        this.isStale ||= !this.atelier.patch(this.front, [...this.touched]);
      }
      return;
    } while (performance.now() < until);
  }

  private draw(): void {
    const { context, canvas, front, ratio } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!front) return;
    showPicture(context, front, this.viewport, ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintMarks(context, this.scene, this.viewport, this.marks, performance.now());
  }
}
