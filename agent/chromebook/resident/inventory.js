// What the device is, as a report: told at enrollment, after a change, once a month, and when it is asked for.

import { measured, words } from "../sources/cleaning.js";

const MONTH_MS = 30 * 86_400_000;

/** The inventory of these readings. `version` is the extension's own. */
export async function inventoryOf(identity, hardware, { version, hasBattery, agent = navigator }) {
  const system = await agent.userAgentData?.getHighEntropyValues(["platformVersion"]).catch(() => null);
  const sources = ["memory", "storage", "cpu"].filter((_, place) => [hardware.memoryBytes, hardware.storageBytes, hardware.ticks][place] !== null);
  return measured({
    kind: "inventory",
    platform: "chromeos",
    manufacturer: identity.manufacturer,
    model: identity.model,
    serial_number: identity.serialNumber,
    asset_tag: identity.assetTag,
    os_version: words(system?.platformVersion),
    memory_bytes: hardware.memoryBytes,
    storage_bytes: hardware.storageBytes,
    agent_version: `${version} (extension)`,
    sources: hasBattery ? ["battery", ...sources] : sources,
    permissions_missing: identity.missing,
  });
}

/** Whether it is news, a month old, or asked for. `told` is { words, at } of the last one, or null. */
export function isInventoryDue(inventory, told, { at, isAskedAnew }) {
  return isAskedAnew || told === null || told.words !== JSON.stringify(inventory) || Math.abs(at - told.at) >= MONTH_MS;
}
