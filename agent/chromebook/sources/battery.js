// The battery's level and whether it charges: asked of a page without a window, since the worker itself may not.

import { within } from "./cleaning.js";

const PAGE = "sources/battery.html";
const WHY = "A device's battery level can only be read by a page.";
let opening = null;

/** What the browser says now, or null where it says nothing. */
export async function readBattery(api = chrome) {
  try {
    await openPage(api);
    return (await api.runtime.sendMessage({ ask: "battery" })) ?? null;
  } catch {
    return null; // the page is being closed, or was not ready: it is asked again in a minute
  }
}

/** Whether this is more than what a device without a battery says: full and on mains, with no time to either end. */
export function isSureSign(reading) {
  return reading !== null && !(reading.isCharging && reading.level === 1 && reading.isEndless);
}

/** The battery's part of the vitals. `hasBattery` is whether this device ever gave a sure sign of one. */
export function tellBattery(reading, hasBattery) {
  if (reading === null || !hasBattery) return {};
  const level = within(Math.round(reading.level * 1000) / 10, 0, 100);
  return {
    battery_level_percent: level,
    is_charging: reading.isCharging && level !== null && level < 100, // on mains and full: nothing flows any more
    is_plugged_in: reading.isCharging,
  };
}

async function openPage(api) {
  const open = await api.runtime.getContexts({ contextTypes: ["OFFSCREEN_DOCUMENT"] });
  if (open.length) return;
  opening ??= api.offscreen.createDocument({ url: PAGE, reasons: ["BATTERY_STATUS"], justification: WHY });
  try {
    await opening;
  } finally {
    opening = null;
  }
}
