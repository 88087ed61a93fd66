/**
 * Solves a challenge of ALTCHA's protocol, version 2, in a worker of its own: the page stays quick.
 * It is sent a challenge and answers with the payload, or with "" when there is no solution.
 */

const MOST_KEYS = 100_000;

const fromHex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function derive(parameters, counter) {
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

addEventListener("message", async ({ data: challenge }) => {
  const { parameters } = challenge;
  for (let counter = 0; counter <= MOST_KEYS; counter += 1) {
    const derivedKey = await derive(parameters, counter);
    if (derivedKey.startsWith(parameters.keyPrefix)) {
      postMessage(btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } })));
      return;
    }
  }
  postMessage("");
});
