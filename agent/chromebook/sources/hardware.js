// Memory, system disk, heat and time awake, as the browser knows them.

import { within } from "./cleaning.js";

const TICKS_A_SECOND = 100; // Linux counts a processor's time so, and the browser hands it on
const BYTES_MAX = 2 ** 53;

/** { memoryBytes, storageBytes, temperatureMaxCelsius, ticks }; null where it was not measured. */
export async function readHardware(api = chrome) {
  const [memory, disks, cpu] = await Promise.all([
    api.system.memory.getInfo().catch(() => null),
    api.system.storage.getInfo().catch(() => []),
    api.system.cpu.getInfo().catch(() => null),
  ]);
  const builtIn = disks.filter(({ type }) => type === "fixed").map(({ capacity }) => capacity);
  return {
    memoryBytes: within(memory?.capacity, 1, BYTES_MAX),
    storageBytes: within(Math.max(0, ...builtIn), 1, BYTES_MAX), // of several names for one disk the largest is it
    temperatureMaxCelsius: within(Math.max(...(cpu?.temperatures ?? [])), -50, 150),
    ticks: within(Math.max(0, ...(cpu?.processors ?? []).map(({ usage }) => usage.total)), 1, BYTES_MAX),
  };
}

/** How long the device was awake between two readings of one session; a count that fell was begun anew by a start. */
export function awakeSeconds(before, now) {
  if (before === null || now === null || now < before) return null;
  return within((now - before) / TICKS_A_SECOND, 0, 40_000_000);
}
