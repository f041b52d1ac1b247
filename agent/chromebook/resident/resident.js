// Lives in one profile of one Chromebook: waits for the policy, enrolls, looks when something is due, and delivers.

import { Courier } from "../courier/courier.js";
import { readSettings } from "../courier/words.js";
import { NotEnrolledError, enroll, occasion, sha256 } from "../enrollment/enrollment.js";
import { readPolicy } from "../enrollment/policy.js";
import { Outbox } from "../outbox/outbox.js";
import { isSureSign, readBattery, tellBattery } from "../sources/battery.js";
import { measured } from "../sources/cleaning.js";
import { awakeSeconds, readHardware } from "../sources/hardware.js";
import { readIdentity } from "../sources/identity.js";
import { isSchoolTime } from "../wire/privacy.js";
import { inventoryOf, isInventoryDue } from "./inventory.js";
import { interval, isDue } from "./timetable.js";

const GONE_MS = 120_000; // a policy is late by seconds when a browser starts: after so long it is gone
const REFUSED_MS = 120_000; // two to ten minutes after refusals: a broker may refuse a whole district at once

export class Resident {
  #turn = Promise.resolve();
  #outbox = null;
  #courier = null;
  #enrollAt = 0;
  #settings = readSettings({});

  constructor({ clock = Date.now, random = Math.random } = {}) {
    Object.assign(this, { clock, random });
  }

  /** Do what is due for this reason, one thing at a time: minute, battery, active, idle, locked, policy, asked. */
  wake(reason) {
    this.#turn = this.#turn.then(() => this.#wake(reason)).catch((error) => console.error("worker.stumbled", error));
    return this.#turn;
  }

  /** Say goodbye to the broker. */
  async stop() {
    await this.#turn;
    await this.#courier?.stop();
  }

  async #wake(reason) {
    this.#outbox ??= await new Outbox().open();
    if (reason === "policy") this.#enrollAt = 0; // somebody acted
    const policy = await readPolicy();
    if (policy === null) {
      await this.#doWithoutPolicy(reason);
      return;
    }
    await chrome.storage.session.remove("withoutPolicySince");
    if (!(await this.#stand(policy))) return;
    await this.#look(reason);
    await this.#courier.step();
  }

  /** The policy went, or has not come yet. The credential goes at once when it is taken away, the rest a little later. */
  async #doWithoutPolicy(reason) {
    const now = this.clock();
    const { withoutPolicySince = now } = await chrome.storage.session.get("withoutPolicySince");
    await chrome.storage.session.set({ withoutPolicySince });
    const isGone = now - withoutPolicySince >= GONE_MS;
    if (reason !== "policy" && !isGone) return;
    await this.#forgetCredential();
    if (isGone && this.#outbox.newest > 0) await this.#outbox.forget();
  }

  async #forgetCredential() {
    await this.#courier?.stop();
    this.#courier = null;
    this.#enrollAt = 0;
    const { identity } = await chrome.storage.local.get("identity");
    await chrome.storage.local.remove("identity");
    if (identity) console.info("credential.forgotten");
  }

  /** Whether we are enrolled for this policy and device; enrolls now where that is due. */
  async #stand(policy) {
    if (this.#courier !== null && this.#courier.occasion === JSON.stringify(policy)) return true;
    await this.#courier?.stop();
    this.#courier = null;
    const device = await readIdentity();
    if (device.directoryId === null) {
      console.warn("device.unknown", device.missing.join("; "));
      return false;
    }
    const hardwareId = await sha256(device.directoryId);
    const given = await occasion(policy, hardwareId);
    const { identity: known } = await chrome.storage.local.get("identity");
    const identity = known?.occasion === given ? known : await this.#enroll(policy, { device, hardwareId, given });
    if (identity === null) return false;
    const heard = await this.#outbox.recall("settings");
    this.#settings = readSettings(heard ?? identity.settings);
    this.#courier = new Courier({
      outbox: this.#outbox,
      identity,
      hours: this.#settings.hours,
      onSettings: (settings, told) => this.#follow(settings, told),
      onRefused: () => this.#enrollAnew(),
    });
    this.#courier.occasion = JSON.stringify(policy);
    return true;
  }

  async #enroll(policy, { device, hardwareId, given }) {
    if (this.clock() < this.#enrollAt) return null;
    try {
      const inventory = await this.#inventory(device, await readHardware());
      const identity = { ...(await enroll(policy, { hardwareId, inventory })), occasion: given };
      if ((await this.#outbox.recall("publisher")) !== identity.publisher) await this.#outbox.forget();
      await this.#outbox.add([], { remember: { publisher: identity.publisher } });
      await chrome.storage.local.set({ identity });
      console.info("device.enrolled", identity.deviceId);
      return identity;
    } catch (error) {
      const againMs = error instanceof NotEnrolledError ? error.againMs : GONE_MS;
      this.#enrollAt = this.clock() + againMs * (1 + this.random());
      console.warn("enrollment.postponed", error.message);
      return null;
    }
  }

  /** The broker no longer knows our password: another token, or an older copy of the store. The reports stay. */
  #enrollAnew() {
    this.#turn = this.#turn.then(() => this.#forgetCredential()).then(() => {
      this.#enrollAt = this.clock() + REFUSED_MS * (1 + 4 * this.random());
    });
  }

  async #follow(settings, told) {
    this.#settings = settings;
    await this.#outbox.add([], { remember: { settings: told } });
    const isNew = settings.sendAgain !== null && settings.sendAgain !== (await this.#outbox.recall("send again"));
    if (isNew) this.wake("asked");
  }

  async #look(reason) {
    const at = this.clock();
    const past = await chrome.storage.session.get({ lookedAt: null, dueIn: 0, ticks: null });
    const since = past.lookedAt === null ? null : at - past.lookedAt;
    if (!isDue(reason, { since, dueIn: past.dueIn })) return;
    const hours = this.#settings.hours;
    const [reading, hardware, device] = await Promise.all([readBattery(), readHardware(), readIdentity()]);
    const vitals = measured({
      kind: "vitals",
      ...tellBattery(reading, await this.#hasBattery(reading)),
      temperature_max_celsius: hardware.temperatureMaxCelsius,
      awake_seconds: awakeSeconds(past.ticks, hardware.ticks),
      memory_free_bytes: hardware.memoryFreeBytes,
      network_round_trip_seconds: hardware.networkRoundTripSeconds,
      network_megabits_per_second: hardware.networkMegabitsPerSecond,
    });
    const inventory = await this.#inventory(device, hardware);
    const told = await this.#outbox.recall("inventory");
    const isAskedAnew = reason === "asked";
    const isNews = isInventoryDue(inventory, told, { at, isAskedAnew });
    const remember = isNews ? { inventory: { words: JSON.stringify(inventory), at } } : {};
    if (isAskedAnew) remember["send again"] = this.#settings.sendAgain;
    const { deviceId } = this.#courier.identity;
    await this.#outbox.add([...(isNews ? [inventory] : []), vitals], { deviceId, at, hours, remember });
    const isLesson = isSchoolTime(at, hours);
    const dueIn = interval({ vitalsMinutes: this.#settings.vitalsMinutes, isLesson, random: this.random });
    await chrome.storage.session.set({ lookedAt: at, dueIn, ticks: hardware.ticks });
  }

  async #inventory(device, hardware) {
    const { version } = chrome.runtime.getManifest();
    return inventoryOf(device, hardware, { version, hasBattery: await this.#hasBattery(null) });
  }

  async #hasBattery(reading) {
    const { hasBattery = false } = await chrome.storage.local.get("hasBattery");
    if (hasBattery || !isSureSign(reading)) return hasBattery;
    await chrome.storage.local.set({ hasBattery: true });
    return true;
  }
}
