/** What one sees from a place and is to know of it, as the organizer has said it. */

export interface Picture {
  readonly small: string;
  readonly large: string;
  readonly alt: string;
  /** The largest size in pixels. */
  readonly width: number;
  readonly height: number;
}

/** Of the places from `first` up to before `end`. */
export interface Sight {
  readonly first: number;
  readonly end: number;
  /** Of a row or a seat, not of a whole section. */
  readonly exact: boolean;
  readonly note: string;
  readonly picture: Picture | null;
}

export class Sights {
  /** Larger parts stand before smaller ones. */
  private readonly list: readonly Sight[];

  constructor(list: readonly Sight[]) {
    this.list = list;
  }

  /** All that is said of a place, of the whole section first. */
  notesOf(ordinal: number): string[] {
    return this.of(ordinal)
      .map(({ note }) => note)
      .filter(Boolean);
  }

  /** What belongs to the place's name: not what is said of the whole section. */
  exactNotesOf(ordinal: number): string[] {
    return this.of(ordinal)
      .filter(({ exact }) => exact)
      .map(({ note }) => note)
      .filter(Boolean);
  }

  /** The picture from the nearest part: the seat's, else the row's, else the section's. */
  pictureOf(ordinal: number): Picture | null {
    return this.of(ordinal).findLast(({ picture }) => picture !== null)?.picture ?? null;
  }

  private of(ordinal: number): Sight[] {
    return this.list.filter(({ first, end }) => first <= ordinal && ordinal < end);
  }
}

export async function fetchSights(url: string): Promise<Sights> {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`The views cannot be had: ${answer.status}.`);
  const { sights } = (await answer.json()) as { readonly sights: readonly Sight[] };
  return new Sights(sights);
}
