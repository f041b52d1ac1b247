// Keeps a pupil's day private: outside school hours an instant is rounded to its day before it is even stored here.
// As rollcall_wire.privacy. Instants are milliseconds since 1970; hours are as the collector's settings say them.

const MINUTE = 60_000;
const DAY = 86_400_000;
const formats = new Map();

/** An instant as the wire writes it: UTC, whole seconds. */
export function instant(at) {
  return `${new Date(at).toISOString().slice(0, 19)}+00:00`;
}

/** Whether an instant may be told exactly. Without hours, or in an unknown zone, it may not. */
export function isSchoolTime(at, hours) {
  const local = hours && localTime(at, hours.zone);
  if (!local) return false;
  return hours.days.includes(local.weekday) && hours.opens_minute <= local.minute && local.minute < hours.closes_minute;
}

/** The instant itself in school hours, else the start of its day in the school's zone. */
export function coarsen(at, hours) {
  return isSchoolTime(at, hours) ? at : startOfDay(at, hours);
}

/** A number that grows with the clock, yet tells no clock time outside school hours: evening is closing time. */
export function coarsenUpwards(at, hours) {
  if (isSchoolTime(at, hours)) return at;
  const local = hours && localTime(at, hours.zone);
  const day = startOfDay(at, hours);
  const isAfter = local && hours.days.includes(local.weekday) && local.minute >= hours.closes_minute;
  return isAfter ? Math.min(at, day + hours.closes_minute * MINUTE) : day;
}

/** The start of the instant's day in the school's zone; where midnight comes twice, the first one. */
export function startOfDay(at, hours) {
  const local = hours && localTime(at, hours.zone);
  if (!local) return at - (((at % DAY) + DAY) % DAY);
  const midnight = local.asUtc - (((local.asUtc % DAY) + DAY) % DAY);
  const before = midnight - offset(midnight - DAY, hours.zone);
  const found = [before, midnight - offset(midnight + DAY, hours.zone)]
    .filter((one) => localTime(one, hours.zone).asUtc === midnight);
  return found.length ? Math.min(...found) : before;
}

/** Whether zone, days and minutes can be used; what cannot be is as if nothing had been said. */
export function readHours(told) {
  if (!told || typeof told.zone !== "string" || !localTime(0, told.zone)) return null;
  const minutes = [told.opens_minute, told.closes_minute];
  return Array.isArray(told.days) && minutes.every(Number.isInteger) ? told : null;
}

function offset(at, zone) {
  return localTime(at, zone).asUtc - at;
}

function localTime(at, zone) {
  try {
    const parts = Object.fromEntries(format(zone).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const whole = Math.floor(at / 1000) * 1000;
    const asUtc = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
    const weekday = new Date(asUtc).getUTCDay() || 7;
    return { asUtc: asUtc + (at - whole), minute: parts.hour * 60 + parts.minute, weekday };
  } catch {
    return null; // a zone that this browser does not know
  }
}

function format(zone) {
  if (!formats.has(zone)) {
    const numeric = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" };
    const options = { ...numeric, second: "numeric", timeZone: zone, hourCycle: "h23", calendar: "iso8601" };
    formats.set(zone, new Intl.DateTimeFormat("en", { ...options, numberingSystem: "latn" }));
  }
  return formats.get(zone);
}
