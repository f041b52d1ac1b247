// In the test build alone: what exists only on ChromeOS, or not in a computer without a battery. Everything else is
// the extension as it is packed. `standing` is written by the test: { directoryId, serialNumber, server }.

import { standing } from "./standing.js";

if (chrome.enterprise) {
  const attributes = {
    getDirectoryDeviceId: async () => standing.directoryId,
    getDeviceSerialNumber: async () => standing.serialNumber,
    getDeviceAssetId: async () => standing.assetTag,
  };
  Object.defineProperty(chrome.enterprise, "deviceAttributes", { value: attributes });
}

if (globalThis.document) {
  const battery = new EventTarget();
  const read = async () => Object.assign(battery, await (await fetch(`${standing.server}/battery`)).json());
  const follow = async () => {
    const before = battery.charging;
    await read().catch(() => null);
    battery.dischargingTime = battery.charging ? Infinity : 3_600;
    if (before !== undefined && before !== battery.charging) battery.dispatchEvent(new Event("chargingchange"));
  };
  setInterval(follow, 250);
  navigator.getBattery = async () => (await follow(), battery);
} else {
  const tell = (what, names) => fetch(`${standing.server}/${what}`, { method: "POST", body: JSON.stringify(names) });
  const tellKept = async () => tell("kept", Object.keys(await chrome.storage.local.get(null)));
  tell("permitted", Object.keys(chrome));
  chrome.storage.onChanged.addListener((_changes, area) => area === "local" && tellKept());
}
