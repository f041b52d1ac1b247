// Where messages go: one topic a publisher and purpose, with the publisher's bucket in it. As rollcall_wire.topics.

const BUCKETS = 64;
const POLYNOMIAL = 0xedb88320;

/** CRC-32 as zlib reckons it, of bytes. */
export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}

/** CRC-32 of the publisher's name modulo 64, in two decimal digits. */
export function bucket(publisher) {
  return String(crc32(new TextEncoder().encode(publisher)) % BUCKETS).padStart(2, "0");
}

/** The one topic on which this publisher's messages of this purpose travel. */
export function topic(publisher, leaf) {
  return `rollcall/v1/${bucket(publisher)}/${publisher}/${leaf}`;
}
