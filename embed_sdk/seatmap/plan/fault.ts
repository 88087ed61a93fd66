/** What can be wrong with the bytes of a plan. */

export const Fault = {
  SHORT: "shorter than a header",
  MAGIC: "no plan: it does not begin with EFPL",
  VERSION: "a version that this reader does not know",
  TOO_MANY: "more than there can be",
  UNALIGNED: "a head whose length is no multiple of four",
  LENGTH: "not as long as its counts say",
  HEAD: "a head that is no JSON object",
  MEMBER: "a head with a member that is missing or of the wrong kind",
  ROW: "a row that does not begin after the one before",
  SECTION: "a row in a section that is not in order, or not there",
  LABEL: "a seat whose label is not there",
  CATEGORY: "a seat whose category is not there",
} as const;

export type FaultText = (typeof Fault)[keyof typeof Fault];

/** The bytes are no plan: at `offset` (in bytes) there is `value`. */
export class PlanError extends Error {
  override readonly name = "PlanError";
  readonly fault: FaultText;
  readonly offset: number;
  readonly value: number | string;

  constructor(fault: FaultText, offset: number, value: number | string) {
    super(`The plan cannot be read: ${fault} (at byte ${offset}: ${JSON.stringify(value)}).`);
    this.fault = fault;
    this.offset = offset;
    this.value = value;
  }
}
