// The wire's own words, held against what Python says of the same values (VECTORS, written by test_modules.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { module } from "./module.js";

const { coarsen, coarsenUpwards, instant, isSchoolTime } = await module("wire/privacy.js");
const { crc32, topic } = await module("wire/topics.js");
const { readAck, readSettings } = await module("courier/words.js");
const vectors = JSON.parse(readFileSync(process.env.VECTORS, "utf8"));

test("topics are those of Python", () => {
  assert.ok(vectors.topics.length > 50);
  for (const [publisher, expected] of vectors.topics) assert.equal(topic(publisher, "reports"), expected);
});

test("instants are rounded as Python rounds them", () => {
  assert.ok(vectors.instants.length > 500);
  for (const { at, hours, isSchool, coarse } of vectors.instants) {
    assert.equal(isSchoolTime(at * 1000, hours), isSchool, `${at} ${JSON.stringify(hours)}`);
    assert.equal(instant(coarsen(at * 1000, hours)), coarse, `${at} ${JSON.stringify(hours)}`);
  }
});

test("a session's number never falls from one hour to the next, and tells no hour outside school", () => {
  const hours = { zone: "America/New_York", days: [1, 2, 3, 4, 5], opens_minute: 420, closes_minute: 1020 };
  const seen = new Set();
  let last = 0;
  for (let at = Date.UTC(2026, 9, 26); at < Date.UTC(2026, 10, 9); at += 600_000) {
    const number = coarsenUpwards(at, hours);
    assert.ok(number >= last && number <= at);
    last = number;
    if (!isSchoolTime(at, hours)) seen.add(number);
  }
  assert.equal(seen.size, 15 + 10); // one a day, and one more after school on each of the ten school days
});

test("every ack and all settings that were ever released can be read", () => {
  assert.ok(vectors.golden.ack.length > 1 && vectors.golden.settings.length > 1);
  for (const text of vectors.golden.ack) assert.deepEqual(readAck(text).kept, JSON.parse(text).kept);
  for (const text of vectors.golden.settings) {
    const told = JSON.parse(text);
    assert.equal(readSettings(text).vitalsMinutes, told.vitals_minutes);
    assert.deepEqual(readSettings(text).hours, told.school_hours ?? null);
  }
});

test("a digest is zlib's", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});

test("what the collector says is read, and what it does not say is as the wire has it", () => {
  for (const text of vectors.acks) assert.ok(Number.isFinite(readAck(text).credit));
  assert.deepEqual(readAck(vectors.acks[0]).kept, [[1, 3], [5, 5]]);
  assert.deepEqual(readSettings("{}"), { vitalsMinutes: 60, hours: null, sendAgain: null });
  assert.equal(readSettings('{"vitals_minutes": 0}').vitalsMinutes, 1);
  assert.equal(readSettings('{"school_hours": {"zone": "Nowhere/Atall", "days": [1], "opens_minute": 1, "closes_minute": 2}}').hours, null);
  for (const wrong of ["", "[]", '{"epoch":1}', '{"epoch":"a","kept":[["1",2]],"refused":[],"credit":1}']) assert.throws(() => readAck(wrong));
});
