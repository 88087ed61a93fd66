/** The one sign that fits on a seat; what else is special about it stands in its name. */

import { attributeMask, type Plan } from "../plan/plan.ts";

/** In a box of 24 by 24, as lines. */
const LINES = {
  wheelchair:
    "M10.5 2.9a1.6 1.6 0 1 0 .01 0ZM10.5 8v6h5.2l2.3 5M10.5 10.5h4.3M8 11.5a5 5 0 1 0 6.7 6",
  companion:
    "M9 4.3a2.7 2.7 0 1 0 .01 0ZM16.5 6.4a2.1 2.1 0 1 0 .01 0ZM3.8 19c.3-3.7 2.3-6 5.2-6s4.9 2.3 5.2 6M16 13.2c2.4 0 4 1.9 4.3 4.8",
  view: "M4 4.5 20 20M9.5 6.3A9 9 0 0 1 12 6c4 0 7 2.6 9 6a15 15 0 0 1-2.6 3.3M6.3 8.2A14 14 0 0 0 3 12c2 3.4 5 6 9 6 1.4 0 2.7-.3 3.8-.8",
} as const;
export type Sign = keyof typeof LINES;

const paths = new Map<Sign, Path2D>();
function path(sign: Sign): Path2D {
  let found = paths.get(sign);
  if (!found) {
    found = new Path2D(LINES[sign]);
    paths.set(sign, found);
  }
  return found;
}

export const SIGNS: Readonly<Record<Sign, () => Path2D>> = {
  wheelchair: () => path("wheelchair"),
  companion: () => path("companion"),
  view: () => path("view"),
};

/** Which attributes have which sign, the more important first. */
export type SignMasks = readonly (readonly [sign: Sign, mask: number])[];

export function signMasks(plan: Plan): SignMasks {
  return [
    ["wheelchair", attributeMask(plan, ["wheelchair"])],
    ["companion", attributeMask(plan, ["companion"])],
    ["view", attributeMask(plan, ["restricted_view", "no_view"])],
  ];
}

export function signOf(masks: SignMasks, attributes: number): Sign | undefined {
  return masks.find(([, mask]) => attributes & mask)?.[0];
}
