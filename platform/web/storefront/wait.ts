/** How long somebody waits, in words that promise no more than is known. */

export interface Standing {
  /** Null before the draw. */
  readonly position: number | null;
  readonly ahead: number;
  readonly waiting: number;
  readonly estimate_s: number | null;
  readonly per_minute: number | null;
}

export interface WaitWords {
  readonly stalled: string;
  readonly unknown: string;
  readonly short: string;
  readonly long: string;
  readonly one: string;
  readonly many: string;
}

export function waitOf(
  { estimate_s: seconds, per_minute: pace }: Pick<Standing, "estimate_s" | "per_minute">,
  words: WaitWords,
): string {
  if (pace === 0) return words.stalled;
  if (seconds === null) return words.unknown;
  if (seconds < 60) return words.short;
  if (seconds >= 3600) return words.long;
  const minutes = Math.round(seconds / 60);
  return minutes === 1 ? words.one : words.many.replace("%s", String(minutes));
}
