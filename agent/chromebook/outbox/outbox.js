// Reports not yet acknowledged, numbered, on the disk: let go only when the collector says that they are kept.
// As rollcall_agent.outbox, in IndexedDB.

import { coarsen, instant, isSchoolTime, startOfDay } from "../wire/privacy.js";
import { deleteDatabase, openDatabase, settled, transact } from "./database.js";
import { asEpochs, drawName } from "./epochs.js";

const NAME = "rollcall";
const ROWS_MAX = 10_000; // about 4 MB: half a year of lessons without a network
const AGE_DAYS_MAX = 400;
const DAY_MS = 86_400_000;

/** The durable queue of this profile's worker. `newest` is the last number given. */
export class Outbox {
  #database = null;
  #epochs = [];
  #nextSeq = 1;
  #agreed = 0;
  #isBegun = false;
  epoch = drawName();
  /** Grows whenever the numbers that wait mean something else than before. */
  generation = 0;

  constructor({ name = NAME, rowsMax = ROWS_MAX } = {}) {
    Object.assign(this, { name, rowsMax });
  }

  async open() {
    this.#database = await openDatabase(this.name);
    this.#database.onversionchange = () => this.#database.close();
    await this.#write(async ({ epochs, marks }) => {
      this.#nextSeq = (await settled(marks.get("next seq"))) ?? 1;
      this.#epochs = asEpochs(await entries(epochs));
    });
    this.#agreed = this.newest;
    this.generation += 1;
    return this;
  }

  /** Throw everything away: what was noted under another name speaks of another device. */
  async forget() {
    this.#database.close();
    await deleteDatabase(this.name);
    this.#isBegun = false;
    this.epoch = drawName();
    await this.open();
  }

  get newest() {
    return this.#nextSeq - 1;
  }

  /** Number, round and store bodies in one transaction, and remember values under names with them. */
  async add(bodies, { deviceId, at, hours, remember = {} }) {
    const told = bodies.map((body) => ({ body, deviceId, at, hours }));
    const written = await this.#write(async ({ reports, epochs, marks }) => {
      const first = (await settled(marks.get("next seq"))) ?? 1;
      let next = first;
      for (const one of told) reports.put(row(next, one), next++);
      for (const gap of bodies.length ? await drop(reports, { at, rowsMax: this.rowsMax }) : []) {
        reports.put(row(next, { body: gap, deviceId, at, hours }), next++);
      }
      for (const [name, value] of Object.entries(remember)) marks.put(value, name);
      marks.put(next, "next seq");
      const isFirst = !this.#isBegun && next > first;
      return { first, next, begun: isFirst ? await this.#begin(first, { reports, epochs }) : null };
    });
    this.#nextSeq = written.next;
    if (written.begun) this.#noteBegun(written.begun, written.first);
  }

  /** The next stored reports above seq, within both limits; always at least one where there is any. */
  async after(seq, { bytesMax, countMax }) {
    return transact(this.#database, "readonly", async ({ reports }) => {
      const range = IDBKeyRange.lowerBound(seq, true);
      const seqs = await settled(reports.getAllKeys(range, countMax));
      const rows = await settled(reports.getAll(range, countMax));
      let size = 0;
      const found = seqs.map((one, place) => ({ seq: one, body: rows[place].body }));
      return found.filter(({ body }, place) => (size += body.length + 1) <= bytesMax || place === 0);
    });
  }

  /** Let go of these inclusive ranges; only numbers of this epoch are touched. */
  async acknowledge(epoch, spans) {
    const found = this.findEpoch(epoch);
    if (found === null || !spans.length) return;
    if (epoch === this.epoch) this.#agreed = this.newest;
    await this.#write(async ({ reports }) => {
      for (const [first, last] of found.own(spans)) reports.delete(IDBKeyRange.bound(first, last));
    });
  }

  /** The collector knows more of this run than it numbered: what it has not acknowledged gets a new epoch. */
  async part() {
    const hasNumbered = this.#isBegun && this.#agreed < this.newest;
    this.epoch = drawName();
    this.#isBegun = false;
    if (hasNumbered) {
      const first = this.#agreed + 1;
      this.#noteBegun(await this.#write((stores) => this.#begin(first, stores)), first);
    }
    this.generation += 1;
  }

  /** A number higher than the last, and than this one: sessions of one device's profiles stay in order. */
  async nextSession(least) {
    return this.#write(async ({ marks }) => {
      const next = Math.max(((await settled(marks.get("session"))) ?? 0) + 1, least);
      marks.put(next, "session");
      return next;
    });
  }

  /** What was remembered under this name, or null. */
  async recall(name) {
    return transact(this.#database, "readonly", async ({ marks }) => (await settled(marks.get(name))) ?? null);
  }

  /** How many reports are not yet acknowledged. */
  async waiting() {
    return transact(this.#database, "readonly", ({ reports }) => settled(reports.count()));
  }

  /** The epoch of a report that is stored. */
  epochOf(seq) {
    return this.#epochs.findLast(({ firstSeq }) => firstSeq <= seq);
  }

  /** The epoch of this name; null where nothing of it waits any more, or it is another outbox's. */
  findEpoch(name) {
    return this.#epochs.find((one) => one.name === name) ?? null;
  }

  async #begin(first, { reports, epochs }) {
    const known = asEpochs(await entries(epochs));
    for (const { firstSeq, lastSeq } of known.filter((one) => one.firstSeq < first)) {
      const range = IDBKeyRange.bound(firstSeq, Math.min(lastSeq, first - 1));
      if ((await settled(reports.count(range))) === 0) epochs.delete(firstSeq);
    }
    epochs.put({ name: this.epoch, follows: known.at(-1)?.name ?? null }, first);
    return asEpochs(await entries(epochs));
  }

  /** This run's epoch is on the disk: only now, since what was not written is not begun. */
  #noteBegun(known, first) {
    this.#epochs = known;
    this.#agreed = first - 1;
    this.#isBegun = true;
  }

  #write(work) {
    return transact(this.#database, "readwrite", work);
  }
}

/** A report as it will be sent, rounded to its day outside school hours. */
function row(seq, { body, deviceId, at, hours }) {
  const isExact = isSchoolTime(at, hours);
  const report = {
    seq,
    device_id: deviceId,
    recorded_at: instant(coarsen(at, hours)),
    precision: isExact ? "second" : "day",
    body,
  };
  return { kind: body.kind, addedOn: startOfDay(at, hours), body: asAscii(JSON.stringify(report)) };
}

/** The same JSON with a byte for each character, so that its length is its size on the wire. */
function asAscii(json) {
  return json.replace(/[\u0080-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Delete what waited too long and, where there is too much, the oldest vitals and then others; says what went. */
async function drop(reports, { at, rowsMax }) {
  const count = await settled(reports.count());
  const [oldest] = await settled(reports.getAll(null, 1));
  const isOld = oldest && oldest.addedOn < at - AGE_DAYS_MAX * DAY_MS;
  if (count <= rowsMax && !isOld) return [];
  const seqs = await settled(reports.getAllKeys());
  const rows = (await settled(reports.getAll())).map((one, place) => ({ seq: seqs[place], ...one }));
  const others = rows.filter(({ kind }) => kind !== "gap"); // it is small, and speaks for many
  const aged = others.filter(({ addedOn }) => addedOn < at - AGE_DAYS_MAX * DAY_MS);
  const excess = count > rowsMax ? count - rowsMax + Math.floor(rowsMax / 8) : 0;
  const left = others.filter((one) => !aged.includes(one));
  const vitalsFirst = [...left.filter(({ kind }) => kind === "vitals"), ...left.filter(({ kind }) => kind !== "vitals")];
  const large = vitalsFirst.slice(0, Math.max(0, excess - aged.length));
  return [gap(reports, aged, "too_old"), gap(reports, large, "too_large")].filter((one) => one !== null);
}

function gap(reports, rows, reason) {
  if (!rows.length) return null;
  const seqs = rows.map(({ seq }) => seq);
  for (const seq of seqs) reports.delete(seq);
  return { kind: "gap", first_seq: Math.min(...seqs), last_seq: Math.max(...seqs), count: rows.length, reason };
}

async function entries(store) {
  const keys = await settled(store.getAllKeys());
  const values = await settled(store.getAll());
  return keys.map((key, place) => [key, values[place]]);
}
