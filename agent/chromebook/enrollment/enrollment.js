// Asks the collector for an identity: shows the token and what the device is, gets a name and a password.
// As rollcall_agent.enrollment: the same door, the same words.

import { readSettings } from "../courier/words.js";

const PATH = "/api/v1/enroll";
const SECONDS = 30;
const MINUTE_MS = 60_000;
const REFUSED_MS = 60 * MINUTE_MS; // a refusal stays one until a person does something
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Why there is no identity yet, in words for a technician, and after how many milliseconds to ask again. */
export class NotEnrolledError extends Error {
  constructor(message, againMs) {
    super(message);
    this.againMs = againMs;
  }
}

/** The identity that the collector at this address gives; throws NotEnrolledError. */
export async function enroll({ url, token }, { hardwareId, inventory, fetch = globalThis.fetch }) {
  if (!isPrivate(url, "https:", "http:")) {
    throw new NotEnrolledError(`'${url}' is not private, and the answer holds a password: use https`, REFUSED_MS);
  }
  const response = await ask(fetch, `${url}${PATH}`, { token, hardware_id: hardwareId, inventory });
  const answer = await response.json().catch(() => ({}));
  if (response.status !== 200) throw refusal(response, answer);
  const identity = {
    deviceId: answer.device_id,
    publisher: answer.publisher,
    password: answer.password,
    websocketUrl: answer.broker?.websocket_url,
  };
  if (!identity.publisher || !identity.password) throw new NotEnrolledError(`${url} is no collector`, REFUSED_MS);
  if (!identity.deviceId) throw new NotEnrolledError("this token is for a bridge: ask for one for devices", REFUSED_MS);
  if (!isPrivate(identity.websocketUrl, "wss:", "ws:")) {
    throw new NotEnrolledError("the collector has no WebSocket for Chromebooks: set broker.websocket_port", REFUSED_MS);
  }
  readSettings(answer.settings); // throws where they are none
  return { ...identity, settings: answer.settings };
}

/** What an identity was given for: another policy or another device gets another one. */
export async function occasion({ url, token }, hardwareId) {
  return sha256(JSON.stringify([url, token, hardwareId]));
}

/** A text's SHA-256 in hex. */
export async function sha256(text) {
  const found = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(found)].map((one) => one.toString(16).padStart(2, "0")).join("");
}

async function ask(fetch, address, asked) {
  try {
    return await fetch(address, {
      method: "POST",
      body: JSON.stringify(asked), // as plain text: what a browser may send without asking first, and all we need
      credentials: "omit",
      cache: "no-store",
      redirect: "error", // a token is shown to the address that the policy names, and to no other
      signal: AbortSignal.timeout(SECONDS * 1_000),
    });
  } catch (error) {
    throw new NotEnrolledError(`the collector was not reached: ${error.message}`, MINUTE_MS);
  }
}

function refusal(response, answer) {
  const isBusy = response.status === 429 || response.status >= 500;
  const after = Number(response.headers.get("retry-after"));
  const againMs = isBusy ? Math.max(MINUTE_MS, Number.isFinite(after) ? after * 1_000 : 0) : REFUSED_MS;
  return new NotEnrolledError(`the collector did not enroll this device: ${answer.detail ?? response.status}`, againMs);
}

function isPrivate(address, secure, plain) {
  try {
    const { protocol, hostname } = new URL(address);
    return protocol === secure || (protocol === plain && LOOPBACK.has(hostname));
  } catch {
    return false;
  }
}
