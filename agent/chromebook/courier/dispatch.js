// Packs reports into messages, and settles them at the collector's word: kept, refused, or unreadable.
// As rollcall_agent.courier.dispatch.

import { crc32, topic } from "../wire/topics.js";
import { coarsen, instant } from "../wire/privacy.js";
import { Credit, resendDelay } from "./backoff.js";
import { WINDOW_MESSAGES, Window } from "./window.js";

const ROOM_BYTES = 65_536 - 256; // a message's most, less its envelope
const REPORTS_MAX = 500;
const encoder = new TextEncoder();

/** What is sent when. `hours` are the school's as last heard: without them `sent_at` says only the day. */
export class Dispatch {
  #window = new Window();
  #credit = new Credit(WINDOW_MESSAGES);
  #generation = 0;

  constructor({ outbox, publisher, random, hours }) {
    Object.assign(this, { outbox, publisher, random, hours, topic: topic(publisher, "reports") });
  }

  /** A new connection: whatever has no ack goes out again. */
  begin() {
    this.#window.forget();
    this.#generation = this.outbox.generation;
  }

  /** Send what has no ack again soon: a collector that has come back has lost what lay in its broker. */
  hasten(now) {
    this.#window.hasten(now, this.random);
  }

  /** Hand over every message that is due, has room in the window, and can be paid for. */
  async send(connection, now) {
    if (this.#generation !== this.outbox.generation) this.begin();
    while (connection.unconfirmed.size < WINDOW_MESSAGES && this.#credit.readyAt(now) <= now) {
      const found = await this.#next(now);
      if (found === null) return;
      const payload = encoder.encode(this.#write(found.reports, now));
      connection.publish(this.topic, payload);
      this.#credit.take(now);
      this.#window.note(found.message, {
        digest: crc32(payload).toString(16).padStart(8, "0"),
        count: found.reports.length,
        dueAt: now + resendDelay(found.message.times + 1, this.random),
      });
    }
  }

  /** When something can be sent next; never, while only the broker or the collector can change that. */
  dueAt(connection, now) {
    const hasNew = this.#window.hasAlone || this.outbox.newest > this.#window.upto;
    const workAt = hasNew && this.#window.hasRoom ? now : this.#window.dueAt();
    if (workAt === Infinity || connection.unconfirmed.size >= WINDOW_MESSAGES) return Infinity;
    return Math.max(workAt, this.#credit.readyAt(now));
  }

  /** Let the outbox forget what is kept or refused; false where the ack speaks of an epoch that is not there. */
  async settle(ack, now) {
    const highest = Math.max(0, ...ack.kept.map(([, last]) => last));
    if (ack.epoch === this.outbox.epoch && highest > this.outbox.newest) {
      await this.outbox.part(); // the outbox was set back: what is new gets a new epoch
      this.begin();
    }
    const epoch = this.outbox.findEpoch(ack.epoch);
    if (epoch === null) return false;
    this.#credit.grant(ack.credit, now);
    const spans = [...ack.kept, ...ack.refused.map(([seq]) => [seq, seq])];
    await this.outbox.acknowledge(ack.epoch, spans);
    this.#window.settle(epoch.own(spans));
    if (ack.refused.length) console.warn("reports.refused", JSON.stringify(ack.refused.slice(0, 5)));
    for (const [digest, reason] of ack.unreadable) await this.#singleOut(digest, reason);
    return true;
  }

  async #singleOut(digest, reason) {
    const found = this.#window.find(digest);
    if (found === null) return;
    if (found.count > 1) this.#window.split(found.message);
    else await this.#drop(found.message, reason);
  }

  async #drop(message, reason) {
    const seqs = [...message.pending];
    await this.outbox.acknowledge(this.outbox.epochOf(seqs[0]).name, seqs.map((seq) => [seq, seq]));
    this.#window.close(message);
    console.warn("reports.refused", reason, seqs.length);
  }

  async #next(now) {
    for (let late; (late = this.#window.due(now)); this.#window.close(late)) {
      const reports = await this.#stillStored(late);
      if (reports.length) return { message: late, reports };
    }
    while (this.#window.hasRoom) {
      const reports = await this.#take();
      if (!reports.length) return null;
      const message = this.#window.open(reports.map(({ seq }) => seq));
      if (reports[0].body.length <= ROOM_BYTES) return { message, reports };
      await this.#drop(message, "too_large"); // the collector could not take it either
    }
    return null;
  }

  async #take() {
    for (let alone; (alone = this.#window.nextAlone()) !== null; ) {
      const [report] = await this.outbox.after(alone - 1, { bytesMax: ROOM_BYTES, countMax: 1 });
      if (report?.seq === alone) return [report];
    }
    if (this.outbox.newest <= this.#window.upto) return [];
    const found = await this.outbox.after(this.#window.upto, { bytesMax: ROOM_BYTES, countMax: REPORTS_MAX });
    const last = found.length ? this.outbox.epochOf(found[0].seq).lastSeq : 0;
    const reports = found.filter(({ seq }) => seq <= last); // a message holds reports of one epoch
    this.#window.upto = reports.at(-1)?.seq ?? this.outbox.newest;
    return reports;
  }

  async #stillStored(message) {
    const stored = await this.outbox.after(message.first - 1, { bytesMax: ROOM_BYTES, countMax: REPORTS_MAX });
    return stored.filter(({ seq }) => message.pending.has(seq));
  }

  #write(reports, now) {
    const epoch = this.outbox.epochOf(reports[0].seq);
    const named = { publisher: this.publisher, epoch: epoch.name };
    if (epoch.follows !== null) Object.assign(named, { follows: epoch.follows, first_seq: epoch.firstSeq });
    const empty = JSON.stringify({ ...named, sent_at: instant(coarsen(now, this.hours)), reports: [] });
    return `${empty.slice(0, -2)}${reports.map(({ body }) => body).join(",")}]}`;
  }
}
