/** The states of all places: a snapshot, then what changes, and a snapshot again where something was missed. */

export type Change = readonly [ordinal: number, state: number];

export interface FeedTarget {
  readonly all: (states: Uint8Array) => void;
  readonly changed: (changes: readonly Change[]) => void;
  /** The line is interrupted, or restored. */
  readonly broken: (isBroken: boolean) => void;
}

const AGAIN_MS = 3000;

/** Whether a feed id (`epoch-milliseconds-number`) comes after another; of another epoch it does. */
export function isLater(id: string, other: string): boolean {
  const [mine, theirs] = [id.split("-"), other.split("-")];
  if (mine[0] !== theirs[0]) return true;
  for (const place of [1, 2]) {
    const difference = Number(mine[place] ?? 0) - Number(theirs[place] ?? 0);
    if (difference) return difference > 0;
  }
  return false;
}

/** Follows the places of a performance while the page is looked at. Returns what ends it. */
export function follow(base: string, target: FeedTarget): () => void {
  const feed = new Feed(base, target);
  const onVisibility = (): void => {
    // A tab that nobody looks at needs no line; the browser allows only a few at a time.
    if (document.hidden) feed.close();
    else feed.open();
  };
  document.addEventListener("visibilitychange", onVisibility);
  if (!document.hidden) feed.open();
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    feed.close();
  };
}

class Feed {
  private readonly base: string;
  private readonly target: FeedTarget;
  private source: EventSource | null = null;
  private position = "";
  private helloId = "";
  private waiting: { readonly id: string; readonly changes: readonly Change[] }[] = [];
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(base: string, target: FeedTarget) {
    this.base = base;
    this.target = target;
  }

  open(): void {
    if (this.source) return;
    const source = new EventSource(`${this.base}/feed`);
    this.source = source;
    // At once, not when the line stands: mostly nothing happens in between.
    void this.snapshot(source);
    source.addEventListener("hello", (event) => {
      const isNewer = this.position && isLater(event.lastEventId, this.position);
      if (isNewer) void this.snapshot(source);
      else this.helloId = event.lastEventId;
      this.target.broken(false);
    });
    source.addEventListener("reset", () => void this.snapshot(source));
    source.addEventListener("error", () => this.interrupted(source));
    source.addEventListener("places", (event) => {
      const { changes } = JSON.parse(event.data) as { readonly changes: readonly Change[] };
      if (!this.position) this.waiting.push({ id: event.lastEventId, changes });
      else if (isNews(event.lastEventId, this.position)) this.target.changed(changes);
    });
  }

  close(): void {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
    this.waiting = [];
  }

  /** The browser opens the line again by itself; until it stands, snapshots stand in for it. */
  private interrupted(source: EventSource): void {
    this.target.broken(true);
    this.again(source);
  }

  private again(source: EventSource): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(
      () => {
        void this.snapshot(source);
        if (source.readyState !== EventSource.OPEN) this.again(source);
      },
      AGAIN_MS + Math.random() * 2000,
    );
  }

  private async snapshot(source: EventSource): Promise<void> {
    this.position = "";
    try {
      const answer = await fetch(`${this.base}/availability`, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const states = new Uint8Array(await answer.arrayBuffer());
      if (source !== this.source) return;
      this.position = answer.headers.get("EventFlow-Position") ?? "0-0";
      this.target.all(states);
      const late = this.waiting.filter(({ id }) => isNews(id, this.position));
      this.waiting = [];
      for (const { changes } of late) this.target.changed(changes);
      this.catchUp(source);
    } catch {
      if (source !== this.source) return;
      this.target.broken(true);
      this.again(source);
    }
  }

  /** The line began after the snapshot: what happened in between is in neither. */
  private catchUp(source: EventSource): void {
    const hello = this.helloId;
    this.helloId = "";
    if (hello && isLater(hello, this.position)) void this.snapshot(source);
  }
}

/** Changes without an id are news; others if they came after the snapshot. */
function isNews(id: string, position: string): boolean {
  return !id || isLater(id, position);
}
