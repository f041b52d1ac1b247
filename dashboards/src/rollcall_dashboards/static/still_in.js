// Asks every 20 seconds, and when the page is looked at again, whether its reader may still see it; loads it anew once
// that has changed.
const seal = document.body.dataset.seal;

async function look() {
  try {
    const answer = await fetch("/still-in", { cache: "no-store" });
    if (answer.ok && (await answer.text()) !== seal) window.location.replace(window.location.href.split("#")[0]);
  } catch {
    // the server is away: what is on the page stays, and it is asked again
  }
}

if (seal) {
  setInterval(look, 20_000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) look(); });  // by the browser's way back
}
