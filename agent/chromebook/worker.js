// The extension's service worker: every event that may matter wakes the one resident. Listeners stand at the top level,
// or the browser would not wake a worker that it has ended.

import { Resident } from "./resident/resident.js";

const EVERY_MINUTE = "minute";
const IDLE_SECONDS = 300;
const resident = new Resident();

chrome.alarms.onAlarm.addListener(() => resident.wake("minute"));
chrome.storage.onChanged.addListener((_changes, area) => {
  if (area === "managed") resident.wake("policy");
});
chrome.idle.onStateChanged.addListener((state) => resident.wake(state));
chrome.runtime.onMessage.addListener((message) => {
  if (message.told === "battery") resident.wake("battery");
});
chrome.runtime.onStartup.addListener(() => resident.wake("minute"));
chrome.runtime.onInstalled.addListener(() => resident.wake("minute"));
chrome.runtime.onUpdateAvailable.addListener(async () => {
  await resident.stop(); // a worker that never rests would never be replaced
  chrome.runtime.reload();
});

chrome.idle.setDetectionInterval(IDLE_SECONDS);
chrome.alarms.get(EVERY_MINUTE).then((known) => known ?? chrome.alarms.create(EVERY_MINUTE, { periodInMinutes: 1 }));
resident.wake("minute"); // a browser's session that has not looked yet looks now; a worker that came back does not
