"use strict";
// Keeps what was typed, and sends each form once, also when the network comes back later or an answer got lost: the
// key that was made with the form makes sending it again harmless. Nothing is sent in another person's name.
(() => {
  const told = document.getElementById("kept");
  if (!told) return;
  const words = told.dataset;
  const form = document.getElementById("intake");
  const ITEM = "hallwatch.report.item.";
  const DRAFT = "hallwatch.report.draft";
  const DAY = 86400000;
  const held = new Map(); // forms that this browser would not keep
  const lines = new Map(); // what is said of each form, by its key
  let busy = false;

  const read = (name) => {
    try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
  };
  const keep = (name, value) => {
    try { localStorage.setItem(name, JSON.stringify(value)); return true; } catch { return false; }
  };
  const drop = (name) => {
    try { localStorage.removeItem(name); } catch { /* nothing is kept there */ }
  };
  const kept = () => {
    let names = [];
    try { names = Object.keys(localStorage).filter((one) => one.startsWith(ITEM)); } catch { /* as above */ }
    const found = [...names.map(read).filter(Boolean), ...held.values()];
    return found.filter((one) => one.who === words.who).sort((a, b) => a.pressed - b.pressed);
  };
  const forget = (item) => { held.delete(item.key); drop(ITEM + item.key); };

  const say = (key, label, text, more) => {
    lines.set(key, { label, text, more });
    told.replaceChildren(...[...lines.values()].map((one) => {
      const line = document.createElement("p");
      const name = document.createElement("b");
      name.textContent = one.label;
      line.append(name, " ", one.text);
      if (one.more) line.append(" ", one.more());
      return line;
    }));
    told.hidden = false;
  };
  const link = (where) => () => {
    const a = document.createElement("a");
    a.href = where;
    a.textContent = words.look;
    return a;
  };
  const discard = (item) => () => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words.drop;
    button.addEventListener("click", () => { forget(item); lines.delete(item.key); location.reload(); });
    return button;
  };

  // What became of a form: {where} sent, {kept} no network, {sign} nobody is signed in, {refused: why}.
  const send = async (item) => {
    const body = new URLSearchParams(item.body);
    body.set("age", String(Math.max(0, Math.floor((Date.now() - item.pressed) / 1000))));
    try {
      const answer = await fetch("/report", { method: "POST", body, headers: { accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout ? AbortSignal.timeout(20000) : undefined });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 409) return { sign: true };
      if (answer.status >= 500 || answer.status === 429) return { kept: true };
      const said = (answer.headers.get("content-type") || "").includes("json") ? await answer.json() : {};
      if (answer.ok && said.where) return { where: said.where };
      return { refused: Object.values(said.faults || {}).join(" ") || String(answer.status) };
    } catch {
      return { kept: true };
    }
  };

  const fresh = () => [...crypto.getRandomValues(new Uint8Array(18))].map((one) => one.toString(16).padStart(2, "0")).join("");
  const mine = (item) => form && form.elements.key.value === item.key;
  const free = () => { const button = form.querySelector(".send button"); button.disabled = false; if (button.dataset.words) button.textContent = button.dataset.words; };
  const settle = (item, got) => {
    if (got.where) {
      forget(item);
      if (mine(item)) location.assign(got.where);
      else say(item.key, item.label, words.sent, link(got.where));
    } else if (got.refused && mine(item)) {
      forget(item);
      form.elements.key.value = fresh();
      say(item.key, item.label, `${words.refused} ${got.refused}`);
      free();
      keepDraft();
    } else if (got.refused) {
      say(item.key, item.label, `${words.refused} ${got.refused}`, discard(item));
    } else {
      if (mine(item)) form.querySelector(".send button").textContent = words.kept;
      say(item.key, item.label, got.sign ? words.sign : held.has(item.key) ? words.full : words.keeping, got.sign ? discard(item) : null);
    }
    return Boolean(got.where || got.refused);
  };
  const refusedOnce = new Set();
  const flush = async () => {
    if (busy) return;
    busy = true;
    try {
      for (const item of kept()) {
        if (refusedOnce.has(item.key)) continue;
        const got = await send(item);
        if (got.refused) refusedOnce.add(item.key);
        if (!settle(item, got)) break;
      }
    } finally {
      busy = false;
    }
  };
  setInterval(() => { if (kept().length) flush(); }, 5000);
  addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });

  const fields = () => [...new FormData(form)].filter(([name]) => !["key", "age", "who", "device", "hall", "about"].includes(name));
  const about = () => ["about", "device", "hall"].map((name) => form.elements[name].value).join("\n");
  const keepDraft = () => { keep(DRAFT, { who: words.who, about: about(), at: Date.now(), fields: fields() }); };
  const restore = () => {
    const draft = read(DRAFT);
    if (!draft || Date.now() - draft.at > DAY) { drop(DRAFT); return; }
    if (draft.who !== words.who || draft.about !== about()) return;
    for (const [name, value] of draft.fields) {
      const field = form.elements.namedItem(name);
      if (field instanceof RadioNodeList || field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.value = value;
    }
    say("draft", "", words.back);
  };
  const complete = () => {
    const given = new FormData(form);
    const text = (given.get("words") || "").trim();
    return given.get("about") === "complaint" ? Boolean(text && given.get("kind")) : Boolean(text || given.get("symptom"));
  };

  if (form) {
    restore();
    form.addEventListener("input", (event) => {
      if (event.target.name === "at") form.elements.when.value = "other";
      keepDraft();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!complete()) { say("draft", "", form.dataset.incomplete); told.scrollIntoView({ block: "nearest" }); return; }
      const button = form.querySelector(".send button");
      const body = new URLSearchParams(new FormData(form)).toString();
      lines.clear();
      const item = { key: form.elements.key.value, who: words.who, label: form.dataset.label, body, pressed: Date.now() };
      if (!keep(ITEM + item.key, item)) held.set(item.key, item);
      drop(DRAFT);
      button.dataset.words ||= button.textContent;
      button.disabled = true;
      button.textContent = words.sending;
      flush();
    });
    addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      form.elements.key.value = fresh();
      free();
    });
  }
  flush();
})();
