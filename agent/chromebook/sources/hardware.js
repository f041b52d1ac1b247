// Memory, system disk, heat, time awake and how good the network is, as the browser knows them.

import { within } from "./cleaning.js";

const TICKS_A_SECOND = 100; // Linux counts a processor's time so, and the browser hands it on
const BYTES_MAX = 2 ** 53;

/** Numbers by their names; null where it was not measured. The network's are estimates, and never say which it is. */
export async function readHardware(api = chrome, { connection } = navigator) {
  const [memory, disks, cpu] = await Promise.all([
    api.system.memory.getInfo().catch(() => null),
    api.system.storage.getInfo().catch(() => []),
    api.system.cpu.getInfo().catch(() => null),
  ]);
  const builtIn = disks.filter(({ type }) => type === "fixed").map(({ capacity }) => capacity);
  return {
    memoryBytes: within(memory?.capacity, 1, BYTES_MAX),
    memoryFreeBytes: within(memory?.availableCapacity, 0, BYTES_MAX),
    networkRoundTripSeconds: within(connection?.rtt / 1_000, 0, 60),
    networkMegabitsPerSecond: within(connection?.downlink, 0, 100_000),
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
