// When to look: soon after something happened, every quarter of an hour in lessons, else as the collector asks. Pure.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const LESSON_MINUTES = 15; // with the spread 12 to 15: a lesson sees three levels, and a charge curve has its points
const SPREAD = 0.2;
const QUIET = 2 * MINUTE;
const ALWAYS = new Set(["battery", "locked", "asked"]);

/** Whether this reason is worth a look now, `since` milliseconds after the last one (null: there was none). */
export function isDue(reason, { since, dueIn }) {
  if (since === null || since < 0 || since >= dueIn) return true;
  if (reason === "active" || reason === "idle") return since >= QUIET;
  return ALWAYS.has(reason);
}

/** How long after a look the next one is due at the latest, in milliseconds. */
export function interval({ vitalsMinutes, isLesson, random }) {
  const minutes = isLesson ? Math.min(vitalsMinutes, LESSON_MINUTES) : vitalsMinutes;
  return minutes * MINUTE * (1 - SPREAD * random());
}
