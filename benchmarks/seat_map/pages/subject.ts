/** What the benchmark asks of each map, so that all are measured by the same code. */

export interface BenchSection {
  readonly label: string;
  readonly rows: readonly (readonly { readonly x: number; readonly y: number }[])[];
}

export interface Subject {
  /** From the data in memory to a drawn map. */
  readonly load: () => void | Promise<void>;
  /** One step of a drag, and one of a zoom, as a person's hand makes it. */
  readonly drag: (step: number) => void;
  readonly zoom: (step: number) => void;
  /** Gives so many seats another state. */
  readonly change: (count: number) => void;
  /** What a figure of the map's own needs; optional. */
  readonly hits?: (count: number) => number;
  /** How many pixels are painted for a CSS pixel, along a side. */
  readonly pixels?: () => number;
  readonly goTo?: (level: string) => void;
}

export interface Motion {
  /** Milliseconds between frames: the mean, the 95th percentile, the worst. */
  readonly mean: number;
  readonly p95: number;
  readonly worst: number;
}

declare global {
  interface Window {
    bench: {
      ready: boolean;
      first: () => Promise<number>;
      motion: (kind: "drag" | "zoom", frames: number) => Promise<Motion>;
      change: (count: number) => Promise<number>;
      hits: (count: number) => number;
      pixels: () => number;
      still: (frames: number) => Promise<Motion>;
      goTo: (level: string) => Promise<void>;
    };
  }
}

function frame(): Promise<number> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}

/** When the frame that is being made has been handed to the screen. */
function afterPaint(): Promise<number> {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => resolve(performance.now());
    channel.port2.postMessage(null);
  });
}

function motionOf(times: readonly number[]): Motion {
  const ways = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const sorted = [...ways].sort((a, b) => a - b);
  return {
    mean: ways.reduce((sum, way) => sum + way, 0) / ways.length,
    p95: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
    worst: sorted.at(-1) ?? 0,
  };
}

export function offer(subject: Subject): void {
  window.bench = {
    ready: true,
    first: async () => {
      const begun = performance.now();
      await subject.load();
      await frame();
      return (await afterPaint()) - begun;
    },
    motion: async (kind, frames) => {
      const times: number[] = [];
      for (let step = 0; step < frames; step += 1) {
        times.push(await frame());
        subject[kind](step);
      }
      return motionOf(times);
    },
    change: async (count) => {
      await frame();
      await afterPaint();
      const begun = performance.now();
      subject.change(count);
      const changed = performance.now() - begun;
      // The work of the frame that shows it: from its beginning until it is handed over.
      const began = await frame();
      return changed + (await afterPaint()) - began;
    },
    hits: (count) => subject.hits?.(count) ?? Number.NaN,
    pixels: () => subject.pixels?.() ?? Number.NaN,
    still: async (frames) => {
      const times: number[] = [];
      for (let step = 0; step < frames; step += 1) times.push(await frame());
      return motionOf(times);
    },
    goTo: async (level) => {
      subject.goTo?.(level);
      for (let step = 0; step < 40; step += 1) await frame();
    },
  };
}
