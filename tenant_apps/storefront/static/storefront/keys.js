/** Seats by keyboard: one stop for Tab, arrows between seats, and "C14" typed to jump there. */

const PATIENCE_MS = 1200;

export function walkSeats(container) {
  const rows = [...container.querySelectorAll("[data-row]")].map((row) => ({
    label: row.dataset.row.toLowerCase(),
    seats: [...row.querySelectorAll("input:not(:disabled)")],
  }));
  const walkable = rows.filter((row) => row.seats.length);
  if (!walkable.length) return;
  const everySeat = walkable.flatMap((row) => row.seats);
  const start =
    everySeat.find((seat) => seat.checked) ??
    everySeat.find((seat) => !seat.hasAttribute("aria-disabled")) ??
    everySeat[0];
  let current = start;
  for (const seat of everySeat) seat.tabIndex = seat === start ? 0 : -1;

  const goTo = (seat) => {
    if (!seat) return;
    current.tabIndex = -1;
    seat.tabIndex = 0;
    current = seat;
    seat.focus();
  };
  const rowOf = (seat) => walkable.findIndex((row) => row.seats.includes(seat));
  const middle = (seat) => {
    const box = seat.getBoundingClientRect();
    return box.left + box.width / 2;
  };
  const nearestIn = (row, seat) => {
    const x = middle(seat);
    return row?.seats.reduce((best, each) =>
      Math.abs(middle(each) - x) < Math.abs(middle(best) - x) ? each : best,
    );
  };
  const down = (steps) => {
    const at = Math.max(0, Math.min(walkable.length - 1, rowOf(current) + steps));
    return at === rowOf(current) ? current : nearestIn(walkable[at], current);
  };
  const along = (steps) => {
    const { seats } = walkable[rowOf(current)];
    return seats[seats.indexOf(current) + steps];
  };
  const moves = {
    ArrowRight: () => along(1),
    ArrowLeft: () => along(-1),
    ArrowDown: () => down(1),
    ArrowUp: () => down(-1),
    PageDown: () => down(5),
    PageUp: () => down(-5),
    Home: (far) => (far ? everySeat[0] : walkable[rowOf(current)].seats[0]),
    End: (far) => (far ? everySeat.at(-1) : walkable[rowOf(current)].seats.at(-1)),
  };

  // "c14", "c-14" or, where rows are numbers, "3-14"; digits alone are a seat of this row.
  let typed = "";
  let forget = 0;
  const typeAhead = (key) => {
    clearTimeout(forget);
    forget = setTimeout(() => (typed = ""), PATIENCE_MS);
    typed += key.toLowerCase();
    const [, label, number] = /^(?:([a-z]+|\d+(?=-)|))-?(\d*)$/.exec(typed) ?? [];
    if (label === undefined) return undefined;
    const row = label ? walkable.find((each) => each.label === label) : walkable[rowOf(current)];
    if (!number) return row?.seats[0];
    return row?.seats.find((seat) => seat.parentElement.querySelector("b").textContent === number);
  };

  container.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || !(event.target instanceof HTMLInputElement)) return;
    current = event.target;
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      goTo(move(event.ctrlKey));
    } else if (event.key === "Enter") {
      // In a form Enter would send it; on a seat it means this seat.
      event.preventDefault();
      event.target.click();
    } else if (!event.ctrlKey && /^[a-z0-9-]$/i.test(event.key)) {
      event.preventDefault();
      goTo(typeAhead(event.key));
    }
  });
  container.addEventListener("focusin", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target === current) return;
    current.tabIndex = -1;
    target.tabIndex = 0;
    current = target;
  });
}
