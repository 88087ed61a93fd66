/** How much is drawn, by how large a seat is on the screen. */

export const Level = {
  /** Sections as surfaces: name, how much is free, price. */
  BLOCKS: 0,
  /** Rows as bands of what is free and what is not. */
  ROWS: 1,
  /** Each seat. */
  SEATS: 2,
  /** Each seat with its number and signs. */
  LABELS: 3,
} as const;
export type Level = (typeof Level)[keyof typeof Level];

/** From this many CSS pixels of a seat's diameter on. */
const FROM_PX: readonly (readonly [px: number, level: Level])[] = [
  [15, Level.LABELS],
  [6, Level.SEATS],
  [2.4, Level.ROWS],
];

export function levelAt(seatPx: number): Level {
  return FROM_PX.find(([px]) => seatPx >= px)?.[1] ?? Level.BLOCKS;
}
