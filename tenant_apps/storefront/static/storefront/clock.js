/** A countdown that stays right when the tab sleeps: it looks at the clock, it does not count ticks. */

/** 3725 seconds are "1:02:05", 65 are "1:05". */
export function asClock(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, place) => (place ? String(part).padStart(2, "0") : String(part))).join(":");
}

/**
 * Shows the time left in the element and calls `tick(seconds)` and, once, `over()`.
 * Returns a handle: `set(seconds)` starts anew, `stop()` ends it.
 */
export function startClock(element, seconds, { tick = () => {}, over = () => {} } = {}) {
  // Monotonic: a visitor who sets the computer's clock does not move the end.
  let end = performance.now() + seconds * 1000;
  let timer = 0;
  let shown = -1;
  const look = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    if (left !== shown) {
      shown = left;
      element.textContent = asClock(left);
      tick(left);
    }
    if (left > 0) {
      timer = setTimeout(look, 250);
    } else {
      over();
    }
  };
  const set = (anew) => {
    clearTimeout(timer);
    end = performance.now() + anew * 1000;
    look();
  };
  set(seconds);
  return { set, stop: () => clearTimeout(timer) };
}
