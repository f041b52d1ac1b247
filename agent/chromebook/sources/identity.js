// Which Chromebook this is: what its administrator's console and its maker call it, never who uses it.

import { words } from "./cleaning.js";

/** { directoryId, serialNumber, assetTag, manufacturer, model }; what cannot be read is null, and `missing` says why. */
export async function readIdentity(api = chrome) {
  const attributes = api.enterprise?.deviceAttributes;
  const [directoryId, serialNumber, assetTag] = await Promise.all([
    quietly(() => attributes.getDirectoryDeviceId()),
    quietly(() => attributes.getDeviceSerialNumber()),
    quietly(() => attributes.getDeviceAssetId()),
  ]);
  const maker = (await quietly(() => api.enterprise.hardwarePlatform.getHardwarePlatformInfo())) ?? {};
  const missing = [];
  if (!words(directoryId)) missing.push("identity: the account is not of the domain that manages this Chromebook");
  if (!words(maker.model)) missing.push("model: set the policy EnterpriseHardwarePlatformAPIEnabled");
  return {
    directoryId: words(directoryId),
    serialNumber: words(serialNumber),
    assetTag: words(assetTag),
    manufacturer: words(maker.manufacturer),
    model: words(maker.model),
    missing,
  };
}

async function quietly(read) {
  try {
    return await read();
  } catch {
    return null; // not on ChromeOS, or not allowed here: `missing` says so
  }
}
