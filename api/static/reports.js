"use strict";
// Tables of a report as tabs, by mouse and by arrow keys; without scripts they stand one below the other.
(() => {
  const choose = (tabs, chosen, focus) => {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
    }
    if (focus) chosen.focus();
  };
  const arm = (box) => {
    if (box.dataset.armed) return;
    box.dataset.armed = "1";
    const list = box.querySelector(".tab-list");
    const tabs = [...list.querySelectorAll("a")];
    if (!tabs.length) return;
    list.setAttribute("role", "tablist");
    tabs.forEach((tab, n) => {
      const panel = document.getElementById(tab.getAttribute("href").slice(1));
      tab.id = `tab-${panel.id}`;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      tab.addEventListener("click", (event) => { event.preventDefault(); choose(tabs, tab, true); });
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        const to = step ? (n + step + tabs.length) % tabs.length : { Home: 0, End: tabs.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        choose(tabs, tabs[to], true);
      });
    });
    choose(tabs, tabs[0], false);
  };
  const ready = () => document.querySelectorAll(".tabs").forEach(arm);
  document.body.addEventListener("htmx:after:swap", ready);
  const late = () => document.querySelectorAll(".late-word").forEach((one) => { one.hidden = false; });
  document.body.addEventListener("htmx:response:error", late);
  document.body.addEventListener("htmx:error", late);
  setTimeout(late, 30000);
  ready();
})();
