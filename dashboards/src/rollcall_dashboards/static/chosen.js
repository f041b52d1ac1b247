// Says how many devices are ticked, and ticks all of a page at once; without it each box still works by itself.
(() => {
  const form = () => document.getElementById("chosen");
  const boxes = () => [...document.querySelectorAll('#chosen input[name="device"]')];
  const say = () => {
    const count = form() && form().querySelector("[data-count]");
    if (!count) return;
    count.dataset.none ??= count.textContent;
    const some = boxes().filter((box) => box.checked).length;
    count.textContent = some ? form().dataset.some.replace("%s", some) : count.dataset.none;
  };
  const add = () => {
    const heading = form() && form().querySelector("th.tick");
    if (!heading || heading.querySelector("input")) return;
    const every = document.createElement("input");
    every.type = "checkbox";
    every.setAttribute("aria-label", heading.textContent);
    every.addEventListener("change", () => {
      for (const box of boxes()) box.checked = every.checked;
      say();
    });
    heading.append(every);
  };
  document.addEventListener("change", say);
  document.addEventListener("htmx:load", () => { add(); say(); });
  document.addEventListener("DOMContentLoaded", () => { add(); say(); });
})();
