/** The page of a form that was asked for a proof: proves, and sends the form again. */

import type { Problem } from "../../../embed_sdk/seatmap/live/holds.ts";
import { get, readData } from "./elements.ts";
import { pause, prove } from "./prove.ts";

async function pass(form: HTMLFormElement): Promise<void> {
  get(form, "[data-said]").textContent = form.dataset["status"] ?? "";
  const asked = readData<Problem & { readonly prove_url: string }>("asked");
  const headers = await prove(asked);
  const shown: RequestInit = { method: "POST", headers, credentials: "same-origin" };
  const answer = await fetch(asked.prove_url, shown).catch(() => null);
  // Not good enough: then this has waited too, and does not come back at once.
  if (!answer?.ok) await pause(Number(asked["retry_after_s"]));
  form.submit();
}

void pass(get(document, "[data-proof]", HTMLFormElement));
