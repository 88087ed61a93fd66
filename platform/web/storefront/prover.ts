/**
 * Solves a challenge of ALTCHA's protocol, version 2, in a worker of its own: the page stays quick.
 * It is sent a challenge and answers with the payload, or with "" when there is no solution.
 */

const MOST_KEYS = 100_000;

interface Puzzle {
  readonly algorithm: string;
  readonly nonce: string;
  readonly salt: string;
  readonly cost: number;
  readonly keyLength: number;
  readonly keyPrefix: string;
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function derive(parameters: Puzzle, counter: number): Promise<string> {
  // What is tried is the nonce with a counter of four bytes behind it.
  const password = new Uint8Array([...fromHex(parameters.nonce), 0, 0, 0, 0]);
  new DataView(password.buffer).setUint32(password.length - 4, counter);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const how = {
    name: "PBKDF2",
    hash: parameters.algorithm.slice("PBKDF2/".length),
    salt: fromHex(parameters.salt),
    iterations: parameters.cost,
  };
  return toHex(new Uint8Array(await crypto.subtle.deriveBits(how, key, parameters.keyLength * 8)));
}

async function solve(challenge: { readonly parameters: Puzzle }): Promise<string> {
  const { parameters } = challenge;
  for (let counter = 0; counter <= MOST_KEYS; counter += 1) {
    const derivedKey = await derive(parameters, counter);
    if (derivedKey.startsWith(parameters.keyPrefix)) {
      return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
    }
  }
  return "";
}

addEventListener("message", async ({ data }: MessageEvent<{ readonly parameters: Puzzle }>) => {
  postMessage(await solve(data));
});

export type { Puzzle };
