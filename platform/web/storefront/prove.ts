/**
 * What a browser does that is asked for a proof: it solves the challenge, or waits where it cannot.
 * Nobody else's browser loads this file.
 */

import type { Problem } from "../../../embed_sdk/seatmap/live/holds.ts";

/** The file of the worker, as the build named it. */
declare const PROVER_FILE: string;

const SOLVE_WITHIN_MS = 30_000;

export function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

function solve(challenge: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(`./${PROVER_FILE}`, import.meta.url), { type: "module" });
    const end = (settle: () => void): void => {
      clearTimeout(late);
      worker.terminate();
      settle();
    };
    const fail = (reason: string): void => end(() => reject(new Error(reason)));
    const late = setTimeout(() => fail("too slow"), SOLVE_WITHIN_MS);
    worker.onmessage = ({ data: proof }: MessageEvent<string>) => {
      if (proof) end(() => resolve(proof));
      else fail("no solution");
    };
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message);
    };
    worker.postMessage(challenge);
  });
}

/** The headers that the refused request is repeated with; none after the wait. */
export async function prove(problem: Problem): Promise<Record<string, string>> {
  try {
    return { [String(problem["header"])]: await solve(problem["challenge"]) };
  } catch {
    // No worker, or no cryptography (a page without https): the wait is as good.
    await pause(Number(problem["retry_after_s"]));
    return {};
  }
}
