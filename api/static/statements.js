"use strict";
// A form is sent once however often it is tapped; a link to a line or a dispute opens what it leads to.
(() => {
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 20000);
  });
  addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });
  const open = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    let at = id && document.getElementById(id);
    if (!at) return;
    for (let box = at; box; box = box.parentElement) if (box.tagName === "DETAILS") box.open = true;
    at.scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", open);
  open();
})();
