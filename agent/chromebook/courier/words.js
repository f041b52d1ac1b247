// Reads what the collector says: acks and settings. As rollcall_wire.encoding; throws where it is neither.

import { readHours } from "../wire/privacy.js";

/** { epoch, kept, refused, unreadable, credit, isShared }. */
export function readAck(text) {
  const read = JSON.parse(text);
  const spans = read.kept.map(([first, last]) => [seq(first), seq(last)]);
  return {
    epoch: String(read.epoch),
    kept: spans,
    refused: read.refused.map(([number, reason]) => [seq(number), String(reason)]),
    unreadable: (read.unreadable ?? []).map(([digest, reason]) => [String(digest), String(reason)]),
    credit: Number(read.credit),
    isShared: read.is_shared === true,
  };
}

/** { vitalsMinutes, hours, sendAgain }, from text or from what the enrollment's answer held. */
export function readSettings(told) {
  const read = typeof told === "string" ? JSON.parse(told) : told ?? {};
  const minutes = Math.trunc(Number(read.vitals_minutes ?? 60));
  return {
    vitalsMinutes: Math.min(1_440, Math.max(1, Number.isFinite(minutes) ? minutes : 60)),
    hours: readHours(read.school_hours),
    sendAgain: typeof read.send_again === "string" ? read.send_again : null,
  };
}

function seq(number) {
  if (!Number.isSafeInteger(number)) throw new TypeError(`${number} is no report's number`);
  return number;
}
