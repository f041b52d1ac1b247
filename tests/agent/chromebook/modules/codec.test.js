// MQTT's bytes by the book, and what a broken broker may send.

import assert from "node:assert/strict";
import { test } from "node:test";
import { module } from "./module.js";

const { Reader, acknowledge, connect, publish, subscribe } = await module("mqtt/codec.js");
const bytes = (hex) => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (packet) => Buffer.from(packet).toString("hex");

test("a greeting holds name, will, keep-alive and password", () => {
  const given = { clientId: "d-1", user: "d-1", password: "pw", keepalive: 60 };
  const will = { topic: "t", payload: bytes("78") };

  assert.equal(hex(connect({ ...given, isModern: false })), "1018" + "00044d515454" + "04" + "c2" + "003c" + "0003642d31" + "0003642d31" + "00027077");
  assert.equal(hex(connect({ ...given, will, isModern: true })), "1020" + "00044d515454" + "05" + "ee" + "003c" + "00" + "0003642d31" + "00" + "000174" + "000178" + "0003642d31" + "00027077");
});

test("a message says whether it is to be retained, and how long it is", () => {
  const given = { mid: 258, topic: "t", payload: new Uint8Array(200), isRetained: true };

  assert.ok(hex(publish({ ...given, isModern: false })).startsWith("33cd01" + "000174" + "0102" + "0000"));
  assert.ok(hex(publish({ ...given, isRetained: false, isModern: true })).startsWith("32ce01" + "000174" + "0102" + "00" + "0000"));
});

test("topics are asked for at quality 1, and what is heard is confirmed", () => {
  assert.equal(hex(subscribe({ mid: 1, topics: ["a", "b"], isModern: false })), "820a" + "0001" + "00016101" + "00016201");
  assert.equal(hex(acknowledge(7)), "40020007");
});

test("packets are found whatever pieces they come in", () => {
  const stream = bytes("20020000" + "40020001" + "3207 0001 74 0003 6869" + "d000");
  for (let size = 1; size <= stream.length; size += 1) {
    const reader = new Reader({ isModern: false });
    const found = [];
    for (let at = 0; at < stream.length; at += size) found.push(...reader.feed(stream.subarray(at, at + size)));

    assert.deepEqual(found.map(({ kind }) => kind), ["connack", "puback", "publish", "pingresp"]);
    assert.deepEqual([found[2].topic, found[2].mid, hex(found[2].payload)], ["t", 3, "6869"]);
  }
});

test("properties of MQTT 5 are passed over", () => {
  const reader = new Reader({ isModern: true });

  const [accepted, said, denied] = reader.feed(bytes("2006 00 00 03 21 0014" + "320a 0001 74 0003 02 0101 6869" + "4003 0001 87"));

  assert.equal(accepted.code, 0);
  assert.deepEqual([said.topic, hex(said.payload)], ["t", "6869"]);
  assert.equal(denied.code, 0x87);
});

test("what is no MQTT, or too large, is an end and no wait for ever", () => {
  for (const wrong of ["30ffffff7f", "30ffffffffff", "00020000", "200100", "3003 0009 74"]) {
    assert.throws(() => new Reader({ isModern: false }).feed(bytes(wrong)), (error) => error instanceof RangeError || error instanceof TypeError, wrong);
  }
});
