/**
 * What a browser does that is asked for a proof: it solves the challenge, or waits where it cannot.
 * Nobody else's browser loads this file.
 */

const SOLVE_WITHIN_MS = 30_000;

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

function solve(challenge) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./prover.js", import.meta.url));
    const end = (settle, value) => {
      clearTimeout(late);
      worker.terminate();
      settle(value);
    };
    const late = setTimeout(() => end(reject, new Error("too slow")), SOLVE_WITHIN_MS);
    worker.onmessage = ({ data: proof }) => (proof ? end(resolve, proof) : end(reject, new Error("no solution")));
    worker.onerror = (event) => {
      event.preventDefault();
      end(reject, new Error(event.message));
    };
    worker.postMessage(challenge);
  });
}

/** The headers that the refused request is repeated with; none after the wait. */
export async function prove({ challenge, header, retry_after_s: waitS }) {
  try {
    return { [header]: await solve(challenge) };
  } catch {
    // No worker, or no cryptography (a page without https): the wait is as good.
    await pause(waitS);
    return {};
  }
}

/** The page of a form that was asked: proves, and sends the form again. */
async function pass(form) {
  form.querySelector("[data-said]").textContent = form.dataset.status;
  const asked = JSON.parse(document.getElementById("asked").textContent);
  const headers = await prove(asked);
  const shown = { method: "POST", headers, credentials: "same-origin" };
  const answer = await fetch(asked.prove_url, shown).catch(() => null);
  // Not good enough: then this has waited too, and does not come back at once.
  if (!answer?.ok) await pause(asked.retry_after_s);
  form.submit();
}

const form = document.querySelector("[data-proof]");
if (form) pass(form);
