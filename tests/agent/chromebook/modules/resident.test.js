// What is decided without a browser: when to look, what a battery says, how soon again, who is let in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { module } from "./module.js";

const { interval, isDue } = await module("resident/timetable.js");
const { isInventoryDue, inventoryOf } = await module("resident/inventory.js");
const { isSureSign, tellBattery } = await module("sources/battery.js");
const { measured, within, words } = await module("sources/cleaning.js");
const { awakeSeconds, readHardware } = await module("sources/hardware.js");
const { readIdentity } = await module("sources/identity.js");
const { enroll, NotEnrolledError } = await module("enrollment/enrollment.js");
const { readPolicy } = await module("enrollment/policy.js");
const { Credit, Return, resendDelay } = await module("courier/backoff.js");
const { Window } = await module("courier/window.js");

const MINUTE = 60_000;

test("plugging in and locking are told at once, a return after two minutes, the rest when it is time", () => {
  const soon = { since: 1_000, dueIn: 15 * MINUTE };
  assert.deepEqual(["battery", "locked", "asked"].map((reason) => isDue(reason, soon)), [true, true, true]);
  assert.deepEqual(["minute", "policy", "active", "idle"].map((reason) => isDue(reason, soon)), [false, false, false, false]);
  assert.equal(isDue("active", { since: 3 * MINUTE, dueIn: 15 * MINUTE }), true);
  assert.equal(isDue("minute", { since: 15 * MINUTE, dueIn: 15 * MINUTE }), true);
  assert.equal(isDue("minute", { since: null, dueIn: 0 }), true);
  assert.equal(isDue("minute", { since: -5, dueIn: 15 * MINUTE }), true); // the clock was set back
});

test("a lesson is looked at every 12 to 15 minutes, the evening as the collector asks", () => {
  const least = interval({ vitalsMinutes: 60, isLesson: true, random: () => 1 });
  const most = interval({ vitalsMinutes: 60, isLesson: true, random: () => 0 });
  assert.deepEqual([least, most], [12 * MINUTE, 15 * MINUTE]);
  assert.equal(interval({ vitalsMinutes: 60, isLesson: false, random: () => 0 }), 60 * MINUTE);
  assert.equal(interval({ vitalsMinutes: 5, isLesson: true, random: () => 0 }), 5 * MINUTE);
});

test("a device that may have no battery tells nothing of one", () => {
  const never = { isCharging: true, level: 1, isEndless: true };
  assert.equal(isSureSign(null), false);
  assert.equal(isSureSign(never), false);
  assert.equal(isSureSign({ ...never, level: 0.99 }), true);
  assert.equal(isSureSign({ ...never, isEndless: false }), true);
  assert.deepEqual(tellBattery(never, false), {});
  assert.deepEqual(tellBattery(null, true), {});
  assert.deepEqual(tellBattery(never, true), { battery_level_percent: 100, is_charging: false, is_plugged_in: true });
  assert.deepEqual(tellBattery({ isCharging: true, level: 0.427 }, true), { battery_level_percent: 42.7, is_charging: true, is_plugged_in: true });
});

test("what cannot be is left out", () => {
  assert.equal(words("  Acer\u0000 Spin\n511 "), "Acer  Spin 511");
  assert.equal(words("x".repeat(300)).length, 128);
  assert.deepEqual([words(""), words(" \t"), words(null), words(7)], [null, null, null, null]);
  assert.deepEqual([within(5, 0, 4), within(NaN, 0, 4), within(-Infinity, -50, 150), within(3, 0, 4)], [null, null, null, 3]);
  assert.deepEqual(measured({ one: null, two: undefined, three: 0, four: false }), { three: 0, four: false });
});

test("time awake is counted within one start only", () => {
  assert.equal(awakeSeconds(100_00, 160_00), 60);
  assert.deepEqual([awakeSeconds(null, 5), awakeSeconds(5, null), awakeSeconds(500, 20)], [null, null, null]);
});

test("what the browser does not know of the hardware is not measured", async () => {
  const info = (value) => ({ getInfo: async () => value });
  const nothing = { system: { memory: info(undefined), storage: info([]), cpu: { getInfo: () => Promise.reject(new Error("no")) } } };
  const disks = [{ type: "removable", capacity: 9e11 }, { type: "fixed", capacity: 3.2e10 }, { type: "fixed", capacity: 1e6 }];
  const cpu = { temperatures: [41.5, 52], processors: [{ usage: { total: 500 } }, { usage: { total: 640 } }] };
  const whole = { system: { memory: info({ capacity: 4e9, availableCapacity: 1e9 }), storage: info(disks), cpu: info(cpu) } };

  assert.deepEqual(new Set(Object.values(await readHardware(nothing, {}))), new Set([null]));
  assert.deepEqual(await readHardware(whole, { connection: { rtt: 50, downlink: 9.4 } }), {
    memoryBytes: 4e9, memoryFreeBytes: 1e9, networkRoundTripSeconds: 0.05, networkMegabitsPerSecond: 9.4,
    storageBytes: 3.2e10, temperatureMaxCelsius: 52, ticks: 640,
  });
});

test("a device without ChromeOS' interfaces is nobody, and says why", async () => {
  const nobody = await readIdentity({});
  assert.equal(nobody.directoryId, null);
  assert.equal(nobody.missing.length, 2);
  const unaffiliated = { enterprise: { deviceAttributes: { getDirectoryDeviceId: async () => "", getDeviceSerialNumber: async () => "", getDeviceAssetId: async () => "" } } };
  assert.equal((await readIdentity(unaffiliated)).directoryId, null);
});

test("an inventory is told when it is news, a month old, or asked for", async () => {
  const hardware = { memoryBytes: 4e9, storageBytes: null, ticks: 5 };
  const inventory = await inventoryOf({ serialNumber: "S", missing: [] }, hardware, { version: "0.1.0", hasBattery: true, agent: {} });
  assert.deepEqual(inventory.sources, ["battery", "memory", "cpu"]);
  assert.equal("storage_bytes" in inventory, false);
  const told = { words: JSON.stringify(inventory), at: 0 };
  assert.equal(isInventoryDue(inventory, null, { at: 0, isAskedAnew: false }), true);
  assert.equal(isInventoryDue(inventory, told, { at: MINUTE, isAskedAnew: false }), false);
  assert.equal(isInventoryDue(inventory, told, { at: MINUTE, isAskedAnew: true }), true);
  assert.equal(isInventoryDue(inventory, told, { at: 31 * 86_400_000, isAskedAnew: false }), true);
  assert.equal(isInventoryDue({ ...inventory, os_version: "2" }, told, { at: MINUTE, isAskedAnew: false }), true);
});

test("a policy that is not there yet, or only half, is none", async () => {
  const managed = (values) => ({ managed: { get: async () => values } });
  assert.equal(await readPolicy(managed({})), null);
  assert.equal(await readPolicy(managed({ url: "https://rollcall.example" })), null);
  assert.equal(await readPolicy(managed({ url: 5, token: "t" })), null);
  assert.deepEqual(await readPolicy(managed({ url: " https://rollcall.example/ ", token: "t " })), { url: "https://rollcall.example", token: "t" });
});

const GIVEN = {
  device_id: "d-1", publisher: "d-1", password: "secret", settings: {}, broker: { websocket_url: "wss://rollcall.example:8884/mqtt" },
};
const door = (answer, status = 200, headers = {}) => async () => new Response(JSON.stringify(answer), { status, headers });
const asked = (fetch, url = "https://rollcall.example") => enroll({ url, token: "t" }, { hardwareId: "a".repeat(64), inventory: {}, fetch });

test("an identity is what the collector gives", async () => {
  let sent;
  const identity = await asked(async (address, request) => ((sent = [address, request]), new Response(JSON.stringify(GIVEN))));
  assert.deepEqual([identity.publisher, identity.websocketUrl], ["d-1", "wss://rollcall.example:8884/mqtt"]);
  assert.equal(sent[0], "https://rollcall.example/api/v1/enroll");
  assert.deepEqual([sent[1].redirect, sent[1].credentials], ["error", "omit"]);
});

test("who is not let in asks again soon where nobody was there, and in an hour where a person must act", async () => {
  const cases = [
    [door({ detail: "no" }, 401), 60 * MINUTE, /no/],
    [door({ detail: "busy" }, 503), MINUTE, /busy/],
    [door({ detail: "wait" }, 429, { "retry-after": "300" }), 5 * MINUTE, /wait/],
    [async () => { throw new TypeError("fetch failed"); }, MINUTE, /not reached/],
    [door({ ...GIVEN, device_id: null }), 60 * MINUTE, /bridge/],
    [door({ ...GIVEN, broker: {} }), 60 * MINUTE, /websocket_port/],
    [door({ ...GIVEN, broker: { websocket_url: "ws://rollcall.example/mqtt" } }), 60 * MINUTE, /websocket_port/],
    [door("a portal's page"), 60 * MINUTE, /no collector/],
  ];
  for (const [fetch, againMs, message] of cases) {
    await assert.rejects(asked(fetch), (error) => error instanceof NotEnrolledError && error.againMs === againMs && message.test(error.message), String(message));
  }
});

test("a token is shown to nobody in the clear but this very computer", async () => {
  const never = () => assert.fail("asked");
  for (const url of ["http://rollcall.example", "ftp://rollcall.example", "rollcall.example", "http://127.0.0.1.evil.example"]) {
    await assert.rejects(asked(never, url), /is not private/);
  }
  assert.equal((await asked(door(GIVEN), "http://127.0.0.1:8460")).publisher, "d-1");
});

test("messages are paid for out of the collector's credit", () => {
  const credit = new Credit(20);
  for (let sent = 0; sent < 5; sent += 1) {
    assert.ok(credit.readyAt(0) <= 0);
    credit.take(0);
  }
  assert.ok(credit.readyAt(0) > 0);
  credit.grant(0, 0);
  assert.ok(credit.readyAt(0) <= 60_000); // even then it asks once a minute
  credit.grant(NaN, 0);
  assert.ok(credit.readyAt(0) <= 1_000);
});

test("a resend waits half a minute, then at most ten", () => {
  assert.equal(resendDelay(1, () => 0), 30_000);
  assert.equal(resendDelay(30, () => 1), 600_000);
});

test("a lost connection comes back within a second, then within ever more, and minutes later beside another profile", () => {
  const back = new Return(() => 1);
  assert.deepEqual([back.delay(), back.delay(), back.delay()], [1_000, 2_000, 4_000]);
  back.noteLost(60_000);
  assert.equal(back.delay(), 1_000);
  back.noteShared();
  assert.deepEqual([back.delay(), (back.noteShared(), back.delay())], [30_000, 60_000]);
  back.noteLost(2 * 3_600_000);
  assert.ok(back.delay() <= 60_000);
});

test("a window of twenty messages closes as their reports are acknowledged", () => {
  const window = new Window();
  const messages = Array.from({ length: 20 }, (_, place) => window.open([place * 2 + 1, place * 2 + 2]));
  assert.equal(window.hasRoom, false);
  window.settle([[1, 1]]);
  assert.equal(window.hasRoom, false);
  window.settle([[2, 4]]);
  assert.equal(window.hasRoom, true);
  window.note(messages[5], { digest: "abc", count: 2, dueAt: 50 });
  assert.equal(window.due(49), null);
  assert.equal(window.due(50), messages[5]);
  assert.equal(window.find("abc").message, messages[5]);
  window.split(messages[5]);
  assert.deepEqual([window.nextAlone(), window.nextAlone(), window.nextAlone()], [11, 12, null]);
});
