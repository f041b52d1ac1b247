/* Binds the slider to the budget's number field. Without it the number and the button do the same. */
(() => {
  "use strict";
  const slider = document.getElementById("budget-slider"), number = document.getElementById("budget");
  if (!slider || !number) return;
  slider.closest("label").hidden = false;
  slider.addEventListener("input", () => { number.value = slider.value; });
  number.addEventListener("input", () => { if (Number(number.value)) slider.value = number.value; });
  /* another school or rule: the slider must still reach everything that is worth buying */
  document.body.addEventListener("htmx:afterSwap", () => {
    const plan = document.getElementById("plan");
    if (!plan || !plan.dataset.most) return;
    slider.max = plan.dataset.most;
    slider.step = plan.dataset.step;
    slider.value = plan.dataset.budget;
  });
})();
