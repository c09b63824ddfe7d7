// The editor of a message's words: its preview follows what is typed; a placeholder goes where the cursor stands.
"use strict";
const words = document.getElementById("words");
const shown = ["title", "text", "markdown", "sms"];
const fault = document.getElementById("fault");
let last = words.elements.text;
let waiting = 0;

async function preview() {
  const body = JSON.stringify({ subject: words.elements.subject.value, text: words.elements.text.value });
  const answer = await fetch(words.dataset.preview, { method: "POST", headers: { "content-type": "application/json" }, body });
  const said = await answer.json();
  fault.hidden = answer.ok;
  if (!answer.ok) {
    fault.textContent = (said.errors || []).map((one) => one.reason).join("; ") || said.detail || "";
    return;
  }
  for (const name of shown) {
    const place = document.getElementById(`p-${name}`);
    if (place) place.textContent = said[name];
  }
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(() => preview().catch(() => {}), 350);
}

words.addEventListener("input", soon);
words.addEventListener("focusin", (event) => {
  if (event.target.matches("input, textarea")) last = event.target;
});
for (const hole of words.querySelectorAll(".hole")) {
  hole.addEventListener("click", () => {
    last.setRangeText(`{${hole.dataset.hole}}`, last.selectionStart, last.selectionEnd, "end");
    last.focus();
    soon();
  });
}
