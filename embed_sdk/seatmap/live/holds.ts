/** Holds of the live process: places taken and given back. It decides; this asks, and repeats what may be repeated. */

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const MOST_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 150;

/** A hold as the live process answers it. */
export interface Hold {
  readonly hold: string;
  readonly places: readonly number[];
  readonly seconds_left: number;
  readonly extensions_left: number;
}

/** An answer for the best seats: how they lie, or null for a repeated request. */
export interface BestHold extends Hold {
  readonly closeness: "neat" | "together" | "row" | "near" | null;
}

/** What the server looks for (`docs/seat-rules.md`, the best seats). */
export interface Wish {
  readonly count: number;
  readonly zone?: string;
  readonly section?: string;
  readonly price_most?: number;
  readonly accessible?: boolean;
  readonly attribute?: string;
}

/** A problem document (RFC 9457) with the members that refusals of places have. */
export interface Problem {
  readonly code: string;
  readonly title?: string;
  readonly places?: readonly number[];
  readonly most?: number;
  readonly [member: string]: unknown;
}

/** A refusal of the live process. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: string;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code);
    this.code = problem.code;
    this.problem = problem;
  }

  /** The places that it is about. */
  get places(): readonly number[] {
    return this.problem.places ?? [];
  }
}

export interface LiveOptions {
  /** "/live/performances/prf_…", with the origin where the page is somebody else's. */
  readonly base: string;
  /** Solves what a request is asked for, and returns the headers to repeat it with. */
  readonly prove: (problem: Problem) => Promise<Record<string, string>>;
  /** Headers of each request: the session of a partner's page. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly pause?: (ms: number) => Promise<void>;
}

/** A fresh id for a hold, chosen here so that a repeated request is the same hold. */
export function newHoldId(): string {
  const random = crypto.getRandomValues(new Uint8Array(24));
  return `hld_${Array.from(random, (byte) => ALPHABET[byte & 31]).join("")}`;
}

export class Holds {
  private readonly options: LiveOptions;

  constructor(options: LiveOptions) {
    this.options = options;
  }

  make(hold: string, places: readonly number[]): Promise<Hold> {
    return this.send<Hold>("POST", "/holds", { hold, places });
  }

  async change(
    hold: string,
    add: readonly number[],
    drop: readonly number[],
  ): Promise<Hold | null> {
    return this.send<Hold | null>("PATCH", `/holds/${hold}`, { add, drop });
  }

  async release(hold: string): Promise<void> {
    await this.send<null>("DELETE", `/holds/${hold}`);
  }

  best(hold: string, wish: Wish): Promise<BestHold> {
    return this.send<BestHold>("POST", "/best", { ...wish, hold });
  }

  private async send<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const { prove, pause = sleep } = this.options;
    let proof: Record<string, string> | null = null;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.ask(method, path, body, proof);
      if (answer.ok) return (answer.status === 204 ? null : await answer.json()) as Answer;
      const problem = await readProblem(answer);
      if (problem.code === "proof_needed" && !proof) {
        proof = await prove(problem);
        continue;
      }
      // Availability is being loaded: the same request works in a moment.
      if (answer.status !== 503 || attempt >= MOST_ATTEMPTS) throw new Refused(problem);
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }

  private ask(
    method: string,
    path: string,
    body: unknown,
    proof: Record<string, string> | null,
  ): Promise<Response> {
    const { base, headers } = this.options;
    const asked: RequestInit = {
      method,
      credentials: "same-origin",
      headers: { ...headers, ...proof },
    };
    if (body !== undefined) {
      asked.headers = { ...headers, ...proof, "Content-Type": "application/json" };
      asked.body = JSON.stringify(body);
    }
    return fetch(base + path, asked);
  }
}

async function readProblem(answer: Response): Promise<Problem> {
  const said: unknown = await answer.json().catch(() => null);
  const code = `http_${answer.status}`;
  return typeof said === "object" && said !== null ? { code, ...said } : { code };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
