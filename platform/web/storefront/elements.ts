/** Finding what a page promised to have. */

type Kind<E extends Element> = abstract new (...values: never[]) => E;

/** The element of this kind; a page without it is a fault of the template. */
export function get<E extends Element = HTMLElement>(
  within: ParentNode,
  selector: string,
  kind: Kind<E> = HTMLElement as unknown as Kind<E>,
): E {
  const found = within.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`The page has no ${selector}.`);
  return found;
}

export function find<E extends Element = HTMLElement>(
  within: ParentNode,
  selector: string,
  kind: Kind<E> = HTMLElement as unknown as Kind<E>,
): E | null {
  const found = within.querySelector(selector);
  return found instanceof kind ? found : null;
}

export function all<E extends Element = HTMLElement>(
  within: ParentNode,
  selector: string,
  kind: Kind<E> = HTMLElement as unknown as Kind<E>,
): E[] {
  return [...within.querySelectorAll(selector)].filter((each): each is E => each instanceof kind);
}

/** The data that the page carries as JSON under this id. */
export function readData<T>(id: string): T {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null") as T;
}

/** "%s left" with the value in its place. */
export function fill(pattern: string | undefined, value: string | number): string {
  return (pattern ?? "").replace("%s", () => String(value));
}

/** The page's language for amounts and numbers: in the digits that the server writes. */
export function numbersOf(language: string): string {
  return `${language}-u-nu-latn`;
}
