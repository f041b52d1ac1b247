// One connection to the broker, over a WebSocket, used once: what happens on it is told, never thrown.

import { GOODBYE, PINGREQ, Reader, acknowledge, connect, publish, subscribe } from "./codec.js";

const PING_MS = 20_000; // keeps the worker alive too: a WebSocket's traffic does, every 30 s at the latest
const KEEPALIVE_SECONDS = 60;
const ANSWER_MS = 10_000;
const ANSWER_MODERN_MS = 3_000; // a broker that knows no MQTT 5 may neither answer nor refuse it
const MID_MAX = 65_535;
const FAILED = 0x80;
const WRONG_VERSION = new Set([1, 0x84]);
const WRONG_CREDENTIALS = new Set([4, 5, 0x86, 0x87, 0x8a]);

/**
 * `tell` is called with what happens, in order:
 * accepted · refused { code, hasWrongVersion, hasWrongCredentials } · heard { topic, payload, isRetained }
 * · confirmed { mid, denied } · lost { reason }, once and last.
 */
export class Connection {
  #socket = null;
  #reader;
  #timers = [];
  #mid = 0;
  #isOver = false;
  #hasPong = true;

  constructor({ url, publisher, password, will, isModern, tell, WebSocket = globalThis.WebSocket }) {
    Object.assign(this, { url, publisher, password, will, isModern, tell, WebSocket });
    this.#reader = new Reader({ isModern });
    this.unconfirmed = new Set();
  }

  open() {
    try {
      this.#socket = new this.WebSocket(this.url, ["mqtt"]);
    } catch (error) {
      queueMicrotask(() => this.#lose(`${this.url} is no address of a broker: ${error.message}`));
      return;
    }
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => this.#send(connect({
      clientId: this.publisher, user: this.publisher, password: this.password,
      keepalive: KEEPALIVE_SECONDS, will: this.will, isModern: this.isModern,
    }));
    this.#socket.onmessage = ({ data }) => this.#take(new Uint8Array(data));
    this.#socket.onclose = ({ code }) => this.#lose(`closed (${code})`);
    const patience = this.isModern ? ANSWER_MODERN_MS : ANSWER_MS;
    this.#timers.push(setTimeout(() => this.#abandon("the broker does not answer"), patience));
  }

  /** Hand a message over, QoS 1; its mid. */
  publish(topic, payload, { isRetained = false } = {}) {
    const mid = this.#nextMid();
    this.unconfirmed.add(mid);
    this.#send(publish({ mid, topic, payload, isRetained, isModern: this.isModern }));
    return mid;
  }

  subscribe(...topics) {
    this.#send(subscribe({ mid: this.#nextMid(), topics, isModern: this.isModern }));
  }

  /** Say goodbye, so that the broker does not say the last will. */
  close() {
    this.#send(GOODBYE);
    this.#abandon("closed by us");
  }

  #take(bytes) {
    try {
      for (const one of this.#reader.feed(bytes)) if (!this.#isOver) this.#notice(one);
    } catch (error) {
      this.#abandon(`garbled: ${error.message}`);
    }
  }

  #notice(one) {
    switch (one.kind) {
      case "connack":
        this.#welcome(one.code);
        break;
      case "publish":
        if (one.mid !== null) this.#send(acknowledge(one.mid));
        this.tell({ ...one, kind: "heard" });
        break;
      case "puback":
        this.unconfirmed.delete(one.mid);
        this.tell({ kind: "confirmed", mid: one.mid, denied: one.code >= FAILED ? one.code : null });
        break;
      case "pingresp":
        this.#hasPong = true;
        break;
      case "disconnect":
        this.#abandon(`the broker ends it (${one.code})`);
        break;
    }
  }

  #welcome(code) {
    this.#stopTimers();
    if (code !== 0) {
      const hasWrongVersion = WRONG_VERSION.has(code);
      this.tell({ kind: "refused", code, hasWrongVersion, hasWrongCredentials: WRONG_CREDENTIALS.has(code) });
      this.#abandon(`refused (${code})`);
      return;
    }
    this.#timers.push(setInterval(() => this.#ping(), PING_MS));
    this.tell({ kind: "accepted" });
  }

  #ping() {
    if (!this.#hasPong) {
      this.#abandon("the broker fell silent");
      return;
    }
    this.#hasPong = false;
    this.#send(PINGREQ);
  }

  #send(bytes) {
    if (this.#socket?.readyState === 1) this.#socket.send(bytes);
  }

  #abandon(reason) {
    this.#socket?.close();
    this.#lose(reason);
  }

  #lose(reason) {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimers();
    this.tell({ kind: "lost", reason });
  }

  #stopTimers() {
    for (const one of this.#timers.splice(0)) clearTimeout(one); // it ends intervals too
  }

  #nextMid() {
    this.#mid = (this.#mid % MID_MAX) + 1;
    return this.#mid;
  }
}
