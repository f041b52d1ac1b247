// Shows an open page anew once its person may not see it any more, or something else: asks twice a minute, and when the
// page is looked at again. Where the server does not answer, the page stays as it is.
(() => {
  const shown = document.body.dataset.signedIn;
  if (!shown) return;
  const ask = async () => {
    try {
      const answer = await fetch("/sign-in/still", { cache: "no-store" });
      const ended = answer.status === 401 || (answer.ok && (await answer.text()) !== shown);
      // by its address, for some pages are answers to a form
      if (ended) location.replace(location.pathname + location.search);
    } catch { /* asked again in half a minute */ }
  };
  setInterval(ask, 30000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
})();
