// Keeps the connection to the broker: says that it is there, brings reports, and takes acks and settings home.
// As rollcall_agent.courier.courier, with timers where the agent has its loop: `step` does what is due.

import { Connection } from "../mqtt/connection.js";
import { topic } from "../wire/topics.js";
import { coarsenUpwards } from "../wire/privacy.js";
import { Return } from "./backoff.js";
import { Dispatch } from "./dispatch.js";
import { readAck, readSettings } from "./words.js";

const REFUSALS = 3; // so often in a row: a broker needs a moment to learn of a device that has just enrolled
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The MQTT session of one publisher. Reports leave the outbox only when the collector has acknowledged them.
 * `onSettings(settings, text)` hears what the collector asks; `onRefused()` that the broker no longer knows the password.
 */
export class Courier {
  #connection = null;
  #number = 0;
  #isModern = true;
  #isAnswered = false;
  #refusals = 0;
  #openedAt = 0;
  #connectAt = 0;
  #timer = null;
  #return;
  #dispatch;
  #turn = Promise.resolve();
  isConnected = false;
  isStopped = false;

  constructor({ outbox, identity, hours, onSettings, onRefused, clock = Date.now, random = Math.random, WebSocket }) {
    Object.assign(this, { outbox, identity, onSettings, onRefused, clock, WebSocket });
    this.#return = new Return(random);
    this.#dispatch = new Dispatch({ outbox, publisher: identity.publisher, random, hours });
  }

  /** Do what is due, one thing at a time, and set the clock for the next. */
  step() {
    return this.#inTurn(() => this.#step());
  }

  /** Say goodbye and close for good. */
  stop(state = "disconnected") {
    return this.#inTurn(async () => {
      this.isStopped = true;
      clearTimeout(this.#timer);
      if (this.isConnected) this.#say(state);
      this.#connection?.close();
    });
  }

  #inTurn(work) {
    const done = this.#turn.then(work);
    this.#turn = done.catch((error) => console.error("courier.stumbled", error));
    return this.#turn;
  }

  async #step() {
    if (this.isStopped) return;
    const now = this.clock();
    if (this.#connection === null && now >= this.#connectAt) await this.#connect(now);
    if (this.isConnected) await this.#dispatch.send(this.#connection, now);
    this.#wakeAt(this.#dueAt(now), now);
  }

  #dueAt(now) {
    if (this.#connection === null) return this.#connectAt;
    return this.isConnected ? this.#dispatch.dueAt(this.#connection, now) : Infinity;
  }

  #wakeAt(dueAt, now) {
    clearTimeout(this.#timer);
    if (dueAt < Infinity) this.#timer = setTimeout(() => this.step(), Math.max(1, dueAt - now));
  }

  async #connect(now) {
    this.#number = await this.outbox.nextSession(coarsenUpwards(now, this.#dispatch.hours));
    this.#isAnswered = false;
    this.#openedAt = now;
    const { publisher, password, websocketUrl: url } = this.identity;
    const will = { topic: topic(publisher, "state"), payload: this.#state("lost") };
    const connection = new Connection({
      url, publisher, password, will, isModern: this.#isModern, WebSocket: this.WebSocket,
      tell: (what) => this.#inTurn(() => this.#notice(connection, what)),
    });
    this.#connection = connection;
    connection.open();
  }

  async #notice(connection, what) {
    if (connection !== this.#connection) return;
    switch (what.kind) {
      case "accepted":
        this.#welcome();
        break;
      case "refused":
        this.#acceptRefusal(what);
        break;
      case "heard":
        await this.#hear(what);
        break;
      case "confirmed":
        if (what.denied !== null) console.warn("broker.denies", what.denied);
        break;
      case "lost":
        this.#lose(what.reason);
        break;
    }
    await this.#step();
  }

  #welcome() {
    this.isConnected = this.#isAnswered = true;
    this.#refusals = 0;
    const { publisher } = this.identity;
    this.#connection.subscribe(topic(publisher, "acks"), topic(publisher, "settings"));
    this.#say("ready");
    this.#dispatch.begin();
    console.info("broker.connected", this.#isModern ? "5" : "3.1.1");
  }

  #acceptRefusal(refused) {
    this.#isAnswered = true;
    if (refused.hasWrongVersion && this.#isModern) {
      this.#isModern = false;
      this.#return.noteWell();
    } else if (refused.hasWrongCredentials && ++this.#refusals >= REFUSALS) {
      this.onRefused();
    }
  }

  #lose(reason) {
    const now = this.clock();
    if (this.isConnected) this.#return.noteLost(now - this.#openedAt);
    if (!this.#isAnswered) this.#isModern = !this.#isModern; // perhaps it understands the other version
    this.#connection = null;
    this.isConnected = false;
    this.#connectAt = now + this.#return.delay();
    console.info("broker.disconnected", reason);
  }

  async #hear({ topic: where, payload, isRetained }) {
    try {
      if (where.endsWith("/acks")) {
        await this.#settle(readAck(decoder.decode(payload)));
      } else if (where.endsWith("/settings") && payload.length) {
        const settings = readSettings(decoder.decode(payload));
        this.#dispatch.hours = settings.hours;
        await this.onSettings(settings, decoder.decode(payload));
        if (!isRetained) this.#dispatch.hasten(this.clock()); // the collector says them whenever it comes back
      }
    } catch (error) {
      console.warn("message.garbled", where, error.message);
    }
  }

  async #settle(ack) {
    if (ack.isShared) this.#return.noteShared();
    if (await this.#dispatch.settle(ack, this.clock())) this.#return.noteWell();
  }

  #say(state) {
    this.#connection.publish(topic(this.identity.publisher, "state"), this.#state(state), { isRetained: true });
  }

  #state(state) {
    const told = { state, session: this.#number };
    if (state === "ready") Object.assign(told, { epoch: this.outbox.epoch, newest: this.outbox.newest });
    return encoder.encode(JSON.stringify(told));
  }
}
