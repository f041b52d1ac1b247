// MQTT's bytes, as much of 3.1.1 and 5 as one publisher needs: written and read here, sent by connection.js.

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });
const CONNECT = 1, CONNACK = 2, PUBLISH = 3, PUBACK = 4, SUBSCRIBE = 8, SUBACK = 9, PINGRESP = 13, DISCONNECT = 14;
const BYTES_MAX = 262_144; // no ack or setting is so large: whoever sends more is no broker of ours
const WILL = 0x04, WILL_QOS_1 = 0x08, WILL_RETAIN = 0x20, USER_AND_PASSWORD = 0xc0, CLEAN = 0x02;

export const PINGREQ = Uint8Array.of(0xc0, 0);
export const GOODBYE = Uint8Array.of(0xe0, 0);

/** The first packet. `will` is { topic, payload }, kept by the broker and retained when it is said. */
export function connect({ clientId, user, password, keepalive, will, isModern }) {
  const flags = USER_AND_PASSWORD | CLEAN | (will ? WILL | WILL_QOS_1 | WILL_RETAIN : 0);
  const head = [...text("MQTT"), isModern ? 5 : 4, flags, ...word(keepalive), ...properties(isModern)];
  const said = will ? [...properties(isModern), ...text(will.topic), ...word(will.payload.length), ...will.payload] : [];
  return packet(CONNECT << 4, [...head, ...text(clientId), ...said, ...text(user), ...text(password)]);
}

/** A message of ours, QoS 1. */
export function publish({ mid, topic, payload, isRetained, isModern }) {
  const head = Uint8Array.from([...text(topic), ...word(mid), ...properties(isModern)]);
  const body = new Uint8Array(head.length + payload.length);
  body.set(head);
  body.set(payload, head.length);
  return packet((PUBLISH << 4) | 0x02 | (isRetained ? 1 : 0), body);
}

/** Ask for these topics, QoS 1. */
export function subscribe({ mid, topics, isModern }) {
  return packet((SUBSCRIBE << 4) | 0x02, [...word(mid), ...properties(isModern), ...topics.flatMap((one) => [...text(one), 1])]);
}

/** Say that a message was heard. */
export function acknowledge(mid) {
  return packet(PUBACK << 4, word(mid));
}

/** Cuts what comes in into packets: a WebSocket's frames need not end where they do. */
export class Reader {
  #rest = new Uint8Array(0);

  constructor({ isModern }) {
    this.isModern = isModern;
  }

  /** The packets that are whole by now. Throws RangeError where it cannot be MQTT. */
  feed(bytes) {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const found = [];
    let at = 0;
    for (let end; (end = whole(all, at)) !== null; at = end.next) {
      found.push(read(all[at], new Cursor(all.subarray(end.start, end.next)), this.isModern));
    }
    this.#rest = all.slice(at);
    return found;
  }
}

/** Where a packet's body begins and ends; null where it is not whole yet. */
function whole(bytes, at) {
  let length = 0;
  for (let place = 0; at + 1 + place < bytes.length; place += 1) {
    const byte = bytes[at + 1 + place];
    length += (byte & 0x7f) * 128 ** place;
    if (length > BYTES_MAX || place > 3) throw new RangeError("a packet is too large");
    if (byte & 0x80) continue;
    const start = at + 2 + place;
    return start + length <= bytes.length ? { start, next: start + length } : null;
  }
  return null;
}

function read(first, body, isModern) {
  switch (first >> 4) {
    case CONNACK:
      body.byte();
      return { kind: "connack", code: body.byte() };
    case PUBLISH: {
      const qos = (first >> 1) & 3;
      const topic = body.text();
      const mid = qos ? body.word() : null;
      if (isModern) body.skipProperties();
      return { kind: "publish", topic, mid, isRetained: Boolean(first & 1), payload: body.rest() };
    }
    case PUBACK:
      return { kind: "puback", mid: body.word(), code: body.isAtEnd ? 0 : body.byte() };
    case SUBACK: {
      const mid = body.word();
      if (isModern) body.skipProperties();
      return { kind: "suback", mid, codes: [...body.rest()] };
    }
    case PINGRESP:
      return { kind: "pingresp" };
    case DISCONNECT:
      return { kind: "disconnect", code: body.isAtEnd ? 0 : body.byte() };
    default:
      throw new RangeError(`no broker sends packets of type ${first >> 4}`);
  }
}

class Cursor {
  #at = 0;

  constructor(bytes) {
    this.bytes = bytes;
  }

  get isAtEnd() {
    return this.#at >= this.bytes.length;
  }

  byte() {
    if (this.isAtEnd) throw new RangeError("a packet ends too early");
    return this.bytes[this.#at++];
  }

  word() {
    return this.byte() * 256 + this.byte();
  }

  text() {
    return decoder.decode(this.take(this.word()));
  }

  take(length) {
    if (this.#at + length > this.bytes.length) throw new RangeError("a packet ends too early");
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  rest() {
    return this.bytes.slice(this.#at, (this.#at = this.bytes.length));
  }

  skipProperties() {
    let length = 0;
    for (let place = 0, byte = 0x80; byte & 0x80; place += 1) {
      byte = this.byte();
      length += (byte & 0x7f) * 128 ** place;
    }
    this.take(length);
  }
}

function packet(first, body) {
  const length = [];
  for (let left = body.length; ; left = Math.floor(left / 128)) {
    length.push((left % 128) | (left >= 128 ? 0x80 : 0));
    if (left < 128) break;
  }
  const bytes = new Uint8Array(1 + length.length + body.length);
  bytes.set([first, ...length]);
  bytes.set(body, 1 + length.length);
  return bytes;
}

function properties(isModern) {
  return isModern ? [0] : [];
}

function word(number) {
  return [number >> 8, number & 0xff];
}

function text(string) {
  const bytes = encoder.encode(string);
  return [...word(bytes.length), ...bytes];
}
