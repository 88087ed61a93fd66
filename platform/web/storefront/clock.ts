/** A countdown that stays right when the tab sleeps: it looks at the clock, it does not count ticks. */

export interface Clock {
  /** Starts anew with so many seconds. */
  readonly set: (seconds: number) => void;
  readonly stop: () => void;
}

/** 3725 seconds are "1:02:05", 65 are "1:05". */
export function asClock(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown
    .map((part, place) => (place ? String(part).padStart(2, "0") : String(part)))
    .join(":");
}

/** Shows the time left in the element; `tick` hears each second, `over` the end, once. */
export function startClock(
  element: HTMLElement,
  seconds: number,
  { tick, over }: { readonly tick?: (left: number) => void; readonly over?: () => void },
): Clock {
  // Monotonic: a visitor who sets the computer's clock does not move the end.
  let end = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown = -1;
  const look = (): void => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    if (left !== shown) {
      shown = left;
      element.textContent = asClock(left);
      tick?.(left);
    }
    if (left > 0) timer = setTimeout(look, 250);
    else over?.();
  };
  const set = (anew: number): void => {
    clearTimeout(timer);
    end = performance.now() + anew * 1000;
    look();
  };
  set(seconds);
  return { set, stop: () => clearTimeout(timer) };
}
