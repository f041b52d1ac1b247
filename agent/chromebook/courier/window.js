// Which messages are on their way, which reports in them still wait for an ack, and which are due again.
// As rollcall_agent.courier.window.

const MESSAGES = 20;
const DIGESTS = 4;
const HASTE_MS = 5_000;

/** At most twenty messages without an ack, and the place in the outbox up to which reports are on their way. */
export class Window {
  #sent = [];
  #alone = [];
  upto = 0;

  /** Begin again from the outbox: what has no ack will all be sent anew. */
  forget() {
    this.#sent = [];
    this.#alone = [];
    this.upto = 0;
  }

  get hasRoom() {
    return this.#sent.length < MESSAGES;
  }

  get hasAlone() {
    return this.#alone.length > 0;
  }

  open(seqs) {
    const message = { pending: new Set(seqs), first: Math.min(...seqs), times: 0, dueAt: Infinity, digests: [] };
    this.#sent.push(message);
    return message;
  }

  close(message) {
    this.#sent = this.#sent.filter((one) => one !== message);
  }

  /** Note that a message went out with this digest and so many reports, and when it is due again. */
  note(message, { digest, count, dueAt }) {
    message.times += 1;
    message.dueAt = dueAt;
    message.digests = [...message.digests, { digest, count }].slice(-DIGESTS);
  }

  /** Make every message due again within some seconds, not all devices at once. */
  hasten(now, random) {
    for (const message of this.#sent) {
      message.dueAt = Math.min(message.dueAt, now + random() * HASTE_MS);
      message.times = Math.min(message.times, 1);
    }
  }

  /** The message that waited longest beyond its time. */
  due(now) {
    return this.#sent.filter((one) => one.dueAt <= now).sort((one, other) => one.dueAt - other.dueAt)[0] ?? null;
  }

  dueAt() {
    return Math.min(Infinity, ...this.#sent.map((one) => one.dueAt));
  }

  nextAlone() {
    return this.#alone.shift() ?? null;
  }

  /** These inclusive ranges are acknowledged; messages without anything pending are done. */
  settle(spans) {
    for (const message of this.#sent) {
      for (const seq of message.pending) {
        if (spans.some(([first, last]) => first <= seq && seq <= last)) message.pending.delete(seq);
      }
    }
    this.#sent = this.#sent.filter((one) => one.pending.size > 0);
  }

  /** The message that went out with this digest, and how many reports it carried then. */
  find(digest) {
    for (const message of this.#sent) {
      const known = message.digests.find((one) => one.digest === digest);
      if (known) return { message, count: known.count };
    }
    return null;
  }

  /** Send this message's reports one by one from now on. */
  split(message) {
    this.close(message);
    this.#alone.push(...[...message.pending].sort((one, other) => one - other));
  }
}

export const WINDOW_MESSAGES = MESSAGES;
