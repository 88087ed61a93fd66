import { describe, expect, it } from "vitest";
import { isLater } from "../../embed_sdk/seatmap/live/feed.ts";
import { newHoldId } from "../../embed_sdk/seatmap/live/holds.ts";
import { Level, levelAt } from "../../embed_sdk/seatmap/paint/levels.ts";
import { asClock } from "../../platform/web/storefront/clock.ts";
import { isEmail, likelyEmail } from "../../platform/web/storefront/contact.ts";
import { Board } from "../../platform/web/storefront/seating/board.ts";
import { moneyOf, shortMoney } from "../../platform/web/storefront/seating/facts.ts";
import { waitOf } from "../../platform/web/storefront/wait.ts";

describe("the clock", () => {
  it.each([
    [0, "0:00"],
    [65, "1:05"],
    [600, "10:00"],
    [3725, "1:02:05"],
  ])("shows %i seconds as %s", (seconds, shown) => {
    expect(asClock(seconds)).toBe(shown);
  });
});

describe("ids of the feed", () => {
  it.each([
    ["e-5-1", "e-5-0", true],
    ["e-5-0", "e-5-0", false],
    ["e-4-9", "e-5-0", false],
    ["e-10-0", "e-9-0", true],
    ["f-1-0", "e-5-0", true],
  ])("%s after %s: %s", (id, other, later) => {
    expect(isLater(id, other)).toBe(later);
  });
});

describe("a new hold", () => {
  it("has an id as the live process takes it, never the same", () => {
    expect(newHoldId()).toMatch(/^hld_[0-9a-hj-km-np-tv-z]{24}$/);
    expect(newHoldId()).not.toBe(newHoldId());
  });
});

describe("an amount on a seat's face", () => {
  it.each([
    ["€40.00", 2, "€40"],
    ["40,00 €", 2, "40 €"],
    ["1.000,00 €", 2, "1.000 €"],
    ["€40.50", 2, "€40.50"],
    ["¥4,000", 0, "¥4,000"],
    ["5.000 KWD", 3, "5 KWD"],
    ["€1,000.00", 2, "€1,000"],
  ])("%s", (amount, exponent, short) => {
    expect(shortMoney(amount, exponent)).toBe(short);
  });
});

describe("the wait in the waiting room", () => {
  const words = {
    stalled: "stalled",
    unknown: "?",
    short: "soon",
    long: "long",
    one: "1",
    many: "%s",
  };
  it.each([
    [0, 50, "stalled"],
    [10, null, "?"],
    [10, 59, "soon"],
    [10, 61, "1"],
    [10, 300, "5"],
    [10, 3600, "long"],
  ])("at %i a minute and %s seconds: %s", (pace, seconds, said) => {
    expect(waitOf({ per_minute: pace, estimate_s: seconds }, words)).toBe(said);
  });
});

describe("amounts", () => {
  it("have the digits of their currency and the language of the page", () => {
    const euro = moneyOf({ currency: "EUR", exponent: 2, amounts: {} }, "en", "Free");
    const yen = moneyOf({ currency: "JPY", exponent: 0, amounts: {} }, "en", "Free");
    const dinar = moneyOf({ currency: "KWD", exponent: 3, amounts: {} }, "en", "Free");
    expect([euro(4050), yen(4050), euro(0)]).toEqual(["€40.50", "¥4,050", "Free"]);
    expect(dinar(4050)).toContain("4.050");
  });

  it("are those of the server where it has written them", () => {
    const known = moneyOf({ currency: "EUR", exponent: 2, amounts: { 4050: "40,50 €" } }, "en", "");
    expect([known(4050), known(4100)]).toEqual(["40,50 €", "€41.00"]);
  });
});

describe("the board", () => {
  it("picks free places of a stretch and no others", () => {
    const board = new Board([5], Uint8Array.from([0, 0, 2, 0, 0, 0, 0]));
    expect(board.pickFree(2, 6, 10).sort()).toEqual([3, 4]);
    expect(board.pickFree(2, 6, 1)).toHaveLength(1);
    expect(board.mineAmong(0, 7)).toEqual([5]);
    expect([board.look(5), board.look(2), board.look(0)]).toEqual(["mine", "taken", "free"]);
  });
});

describe("levels of detail", () => {
  it("follow the size of a seat", () => {
    expect([1, 3, 8, 20].map(levelAt)).toEqual([
      Level.BLOCKS,
      Level.ROWS,
      Level.SEATS,
      Level.LABELS,
    ]);
  });
});

describe("a mail address as it is typed", () => {
  it.each([
    ["ada@gmial.com", "ada@gmail.com"],
    ["Ada@gmail.con", "Ada@gmail.com"],
    ["ada@gmai.com", "ada@gmail.com"],
    ["ada@gmaill.com", "ada@gmail.com"],
    ["ada@gmail.com", ""],
    ["ada@example.org", ""],
    ["ada", ""],
  ])("%s: meant is %s", (typed, meant) => {
    expect(likelyEmail(typed)).toBe(meant);
  });

  it("needs a name, an @ and a host with a dot", () => {
    const good = ["ada@example.org", " ada@a.b.example "].map(isEmail);
    const bad = ["", "ada", "ada@example", "a da@b.org", "ada@.org", "@b.org"].map(isEmail);
    expect([good, bad]).toEqual([[true, true], Array(6).fill(false)]);
  });
});
