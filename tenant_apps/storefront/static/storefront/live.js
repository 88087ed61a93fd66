/** The live process, as the seat page talks to it: places held and given back, and what others do. */

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** A fresh id for a hold, chosen here so that a repeated request is the same hold. */
export function newHoldId() {
  const random = crypto.getRandomValues(new Uint8Array(24));
  return `hld_${Array.from(random, (byte) => ALPHABET[byte & 31]).join("")}`;
}

/** A refusal of the live process: `code`, and the problem's members in `problem`. */
export class Refused extends Error {
  constructor(problem) {
    super(problem.code);
    this.code = problem.code;
    this.problem = problem;
  }
}

async function send(method, url, body, asked) {
  let proof = null;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await fetch(url, {
      method,
      body: body && JSON.stringify(body),
      headers: { ...(body && { "Content-Type": "application/json" }), ...proof },
      credentials: "same-origin",
    });
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    const problem = await answer.json().catch(() => ({}));
    if (problem.code === "proof_needed" && !proof) {
      asked();
      const { prove } = await import("./proof.js");
      proof = await prove(problem);
      continue;
    }
    // Availability is being loaded: the same request works in a moment.
    if (answer.status !== 503 || attempt >= 4) {
      throw new Refused({ code: `http_${answer.status}`, ...problem });
    }
    await new Promise((resolve) => setTimeout(resolve, 150 * 2 ** attempt));
  }
}

/** `asked()` is called when a hold has to be proven first, which takes a second. */
export function liveAt(base, asked) {
  return {
    hold: (id, places) => send("POST", `${base}/holds`, { hold: id, places }, asked),
    change: (id, add, drop) => send("PATCH", `${base}/holds/${id}`, { add, drop }),
    release: (id) => send("DELETE", `${base}/holds/${id}`),
  };
}

/** Whether a feed id (`epoch-milliseconds-number`) comes after another of the same epoch. */
function isLater(id, other) {
  const [mine, theirs] = [id, other].map((each) => each.split("-"));
  if (mine[0] !== theirs[0]) return true;
  for (const place of [1, 2]) {
    const difference = Number(mine[place] ?? 0) - Number(theirs[place] ?? 0);
    if (difference) return difference > 0;
  }
  return false;
}

/**
 * Follows the states of all places: `all(states)` after a snapshot, `changed([[ordinal, state]])`
 * after that, `broken(isBroken)` when the line is interrupted or restored. Returns `stop()`.
 */
export function follow(base, { all, changed, broken }) {
  let source = null;
  let position = "";
  let waiting = [];
  let retry = 0;

  const snapshot = async () => {
    position = "";
    try {
      const answer = await fetch(`${base}/availability`);
      if (!answer.ok) throw new Error(String(answer.status));
      const states = new Uint8Array(await answer.arrayBuffer());
      position = answer.headers.get("EventFlow-Position") ?? "0-0";
      all(states);
      broken(false);
      const late = waiting.filter(({ id }) => !id || isLater(id, position));
      waiting = [];
      for (const { changes } of late) changed(changes);
    } catch {
      broken(true);
      clearTimeout(retry);
      retry = setTimeout(snapshot, 3000 + Math.random() * 2000);
    }
  };
  const open = () => {
    source = new EventSource(`${base}/feed`);
    // Each opening may have missed something: an epoch is new, or the line was down for long.
    source.addEventListener("open", snapshot);
    source.addEventListener("reset", snapshot);
    source.addEventListener("error", () => broken(true));
    source.addEventListener("places", (event) => {
      const { changes } = JSON.parse(event.data);
      if (position) changed(changes);
      else waiting.push({ id: event.lastEventId, changes });
    });
  };
  const stop = () => {
    clearTimeout(retry);
    source?.close();
    source = null;
  };
  // A tab that nobody looks at needs no line; the browser allows only a few at a time.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stop();
    else if (!source) open();
  });
  if (!document.hidden) open();
  return stop;
}
