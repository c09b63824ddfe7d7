"use strict";
// Counts down to what is due by the server's clock, and sends a form once however often it is tapped.
(() => {
  const words = document.body.dataset;
  const skew = Number(words.now) - Date.now();
  const two = (n) => String(n).padStart(2, "0");
  const spoken = (ms) => {
    const s = Math.max(0, Math.floor(ms / 1000));
    if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
    const m = Math.floor(s / 60);
    if (m < 1440) return `${Math.floor(m / 60)} ${words.h} ${two(m % 60)} ${words.min}`;
    return `${Math.floor(m / 1440)} ${words.d} ${Math.floor((m % 1440) / 60)} ${words.h}`;
  };
  const tick = () => {
    const now = Date.now() + skew;
    for (const t of document.querySelectorAll("time[data-due]")) {
      const left = Number(t.dataset.due) - now;
      t.textContent = spoken(Math.abs(left));
      t.classList.toggle("gone", left < 0);
    }
  };
  setInterval(tick, 1000);
  document.body.addEventListener("hw:swapped", tick);
  tick();

  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 20000);
  });
  addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });
})();
