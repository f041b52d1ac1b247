// How fast and how soon again: the collector's credit, and delays that never march in step with other devices.
// As rollcall_agent.courier.backoff; all times are milliseconds.

const SECOND = 1_000;
const CREDIT_AT_FIRST = 5;
const CREDIT_LEAST = 1 / 60; // even a collector that grants nothing is asked once a minute, or it could never grant more
const RESEND = 30 * SECOND;
const RESEND_MAX = 600 * SECOND;
const RECONNECT = SECOND;
const RECONNECT_MAX = 60 * SECOND;
const STEADY = 30 * SECOND; // a connection that held this long makes the next delay short again
const ALONE = 3_600 * SECOND;
const SHARED = 30 * SECOND;
const SHARED_MAX = 900 * SECOND;

/** A token bucket: a message costs one, and they come back at the granted rate. */
export class Credit {
  #rate = CREDIT_AT_FIRST;
  #tokens = CREDIT_AT_FIRST;
  #countedAt = 0;

  constructor(burstMax) {
    this.burstMax = burstMax;
  }

  grant(rate, now) {
    this.#count(now);
    this.#rate = Number.isFinite(rate) ? Math.max(CREDIT_LEAST, rate) : CREDIT_AT_FIRST;
  }

  take(now) {
    this.#count(now);
    this.#tokens -= 1;
  }

  /** When the next message can be paid for. */
  readyAt(now) {
    this.#count(now);
    return now + (Math.max(0, 1 - 1e-9 - this.#tokens) / this.#rate) * SECOND;
  }

  #count(now) {
    const held = Math.max(1, Math.min(this.#rate, this.burstMax));
    this.#tokens = Math.min(held, this.#tokens + (Math.max(0, now - this.#countedAt) / SECOND) * this.#rate);
    this.#countedAt = now;
  }
}

/** Until a message without an ack goes out again: 30 s plus a random part of what doubles to 10 min. */
export function resendDelay(timesSent, random) {
  return RESEND + random() * doubled(RESEND, timesSent - 1, RESEND_MAX - RESEND);
}

/** When to connect again: soon, then ever later; much later while another speaks under the same name. */
export class Return {
  #failures = 0;
  #timesShared = 0;

  constructor(random) {
    this.random = random;
  }

  noteWell() {
    this.#failures = 0;
  }

  /** Another profile of this device is signed in too: each leaves the broker to the other for minutes. */
  noteShared() {
    this.#timesShared += 1;
  }

  noteLost(lasted) {
    if (lasted > STEADY) this.#failures = 0;
    if (lasted > ALONE) this.#timesShared = 0;
  }

  delay() {
    if (this.#timesShared) {
      const longest = doubled(SHARED, this.#timesShared - 1, SHARED_MAX);
      return (longest / 2) * (1 + this.random());
    }
    this.#failures += 1;
    return this.random() * doubled(RECONNECT, this.#failures - 1, RECONNECT_MAX);
  }
}

function doubled(first, times, most) {
  return Math.min(most, first * 2 ** Math.min(times, 16));
}
