// Runs in the page without a window: answers what the battery says, and tells when charging begins or ends.

const asked = navigator.getBattery();

chrome.runtime.onMessage.addListener((message, _sender, answer) => {
  if (message.ask !== "battery") return false;
  asked.then((battery) => answer(reading(battery)));
  return true; // the answer comes later
});
asked.then((battery) => {
  battery.addEventListener("chargingchange", () => chrome.runtime.sendMessage({ told: "battery" }));
});

function reading(battery) {
  const isEndless = battery.chargingTime === 0 && battery.dischargingTime === Infinity;
  return { isCharging: battery.charging, level: battery.level, isEndless };
}
