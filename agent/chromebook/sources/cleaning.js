// Leaves out what cannot be: a text that the wire would not take, a number outside its range. As rollcall_wire.ranges.

const TEXT_MAX = 128;

/** The text without what cannot be printed; null where nothing is left. */
export function words(text) {
  if (typeof text !== "string") return null;
  return text.replace(/[^\P{C}]|[^\P{Z} ]/gu, " ").trim().slice(0, TEXT_MAX).trim() || null;
}

/** The number if it is one within these bounds, else null: not measured. */
export function within(number, least, most) {
  return typeof number === "number" && Number.isFinite(number) && number >= least && number <= most ? number : null;
}

/** The body without what was not measured: absent means just that. */
export function measured(body) {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null && value !== undefined));
}
