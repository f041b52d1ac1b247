// What the school's administrator has set for this extension: where Rollcall is, and a token to enroll with.

/** { url, token }, or null while either is missing. Right after installation nothing is there yet: it comes late. */
export async function readPolicy(storage = chrome.storage) {
  const { url, token } = await storage.managed.get(["url", "token"]);
  return isText(url) && isText(token) ? { url: url.trim().replace(/\/+$/, ""), token: token.trim() } : null;
}

function isText(value) {
  return typeof value === "string" && value.trim() !== "";
}
