/**
 * A field is left because a button was pressed. What then appears or goes would move the button away
 * from under the pointer, and the press would be lost: it has to wait until the press has had its effect.
 */

let isPressed = false;

/** Begins to listen; once a page. */
export function watchPointer(page: Document): void {
  page.addEventListener("pointerdown", () => press(true), true);
  page.addEventListener("pointerup", () => press(false), true);
  page.addEventListener("pointercancel", () => press(false), true);
}

function press(isDown: boolean): void {
  isPressed = isDown;
}

/** Does it when no pointer is pressed, and after the click that may follow. */
export function afterPress(page: Document, act: () => void): void {
  if (!isPressed) {
    // A finger's click comes after it was lifted, in one go with the field's being left.
    setTimeout(act);
    return;
  }
  const wait = new AbortController();
  const ended = (): void => {
    wait.abort();
    setTimeout(act);
  };
  page.addEventListener("pointerup", ended, { signal: wait.signal });
  page.addEventListener("pointercancel", ended, { signal: wait.signal });
}
