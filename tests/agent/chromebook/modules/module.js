// The extension's modules, by their place in it.

const room = new URL("../../../../agent/chromebook/", import.meta.url);

/** One module of the extension. */
export function module(place) {
  return import(new URL(place, room));
}
