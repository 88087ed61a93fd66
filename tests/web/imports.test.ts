/// <reference types="vite/types/importMeta.d.ts" />

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** Every module of the seat map: a new one is among them without a word here. */
const MODULES = import.meta.glob("../../embed_sdk/seatmap/**/*.ts");
/** What only a browser has. */
const OF_BROWSERS = [
  "window",
  "document",
  "customElements",
  "localStorage",
  "requestAnimationFrame",
];
/** What Node has too, and what would be work if it was called or made while a module is read. */
const WORK = ["fetch", "setTimeout", "setInterval", "WebSocket", "BroadcastChannel", "Worker"];

describe("a page that only imports the seat map", () => {
  beforeEach(() => vi.resetModules());
  afterEach(() => vi.unstubAllGlobals());

  it("is any page, with no browser around it", () => {
    expect(Object.keys(MODULES).length).toBeGreaterThan(20);
    expect(OF_BROWSERS.filter((name) => name in globalThis)).toEqual([]);
  });

  it.each(Object.keys(MODULES))("has no work done by %s", async (file) => {
    const done: string[] = [];
    for (const name of WORK) vi.stubGlobal(name, stumble(name, done));
    const before = Object.keys(globalThis).sort();

    const module = await MODULES[file]?.();

    expect(module).toBeTypeOf("object");
    expect(done).toEqual([]);
    expect(Object.keys(globalThis).sort()).toEqual(before);
  });
});

/** A function or a class whose use is written down. */
function stumble(name: string, done: string[]): unknown {
  return function used() {
    done.push(name);
    throw new Error(`${name} was used at import`);
  };
}
