/** The colours and letters of the map, from the page's own design tokens (CSS custom properties). */

export interface Palette {
  readonly isDark: boolean;
  readonly ground: string;
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  /** What is taken: hardly there. */
  readonly taken: string;
  readonly mine: string;
  readonly onMine: string;
  readonly focus: string;
  readonly onZone: string;
  readonly font: string;
  /** By zone, in the order of the zones. */
  readonly zones: readonly string[];
}

const TOKENS = {
  ground: "--surface",
  ink: "--ink",
  muted: "--ink-2",
  line: "--line",
  taken: "--line-strong",
  mine: "--brand",
  onMine: "--on-brand",
  focus: "--brand-ink",
} as const;

/** Reads the tokens as they are where the map stands; the browser resolves light and dark. */
export function readPalette(container: HTMLElement, letters: readonly string[]): Palette {
  const probe = container.ownerDocument.createElement("span");
  probe.hidden = true;
  container.append(probe);
  const style = getComputedStyle(probe);
  const read = (value: string, otherwise: string): string => {
    probe.style.color = otherwise;
    probe.style.color = `var(${value}, ${otherwise})`;
    return style.color;
  };
  const isDark = luminance(read(TOKENS.ground, LIGHT.ground)) < 0.4;
  const plain = isDark ? DARK : LIGHT;
  const entries = Object.entries(TOKENS).map(([name, token]) => [
    name,
    read(token, plain[name as keyof typeof TOKENS]),
  ]);
  const named = Object.fromEntries(entries) as Record<keyof typeof TOKENS, string>;
  const palette: Palette = {
    isDark,
    ...named,
    onZone: isDark ? "#14151c" : "#ffffff",
    font: style.fontFamily,
    zones: letters.map((letter, index) =>
      read(`--zone-${letter.toLowerCase()}`, ZONES[index % ZONES.length] ?? "#2477b3"),
    ),
  };
  probe.remove();
  return palette;
}

const LIGHT: Record<keyof typeof TOKENS, string> = {
  ground: "#ffffff",
  ink: "#16181d",
  muted: "#5c6370",
  line: "#dcdfe5",
  taken: "#c3c8d1",
  mine: "#1b1d24",
  onMine: "#ffffff",
  focus: "#0b57d0",
};
const DARK: Record<keyof typeof TOKENS, string> = {
  ground: "#14151c",
  ink: "#f2f3f5",
  muted: "#a4abb8",
  line: "#30333d",
  taken: "#464b57",
  mine: "#ffffff",
  onMine: "#14151c",
  focus: "#8ab4f8",
};
/** For a page without tokens: eight hues that differ in lightness too. */
const ZONES = [
  "#b4315e",
  "#1f6fb2",
  "#2e8b6f",
  "#a86a12",
  "#6a4fb6",
  "#7a7f8c",
  "#0e7c86",
  "#8c5a3c",
];

/** How light a colour is, as `getComputedStyle` gives it: 0 black, 1 white. */
function luminance(colour: string): number {
  const [first = 0, second = 0, third = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  // oklch, oklab, lch, lab: lightness comes first, as a share or in hundredths.
  if (/^(ok)?(lch|lab)/.test(colour)) return first > 1 ? first / 100 : first;
  return (0.2126 * first + 0.7152 * second + 0.0722 * third) / 255;
}
