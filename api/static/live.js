"use strict";
// Keeps a page true without a reload: server-sent events say what changed, the server renders it again, and the
// parts marked data-live are put in place of the old ones. Durations tick by the server's clock.
(() => {
  const body = document.body;
  const words = body.dataset;
  let skew = Number(words.now) - Date.now();
  let heard = Date.now();
  let source = null;
  let last = Number(words.after);
  let lost = false;

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
    for (const t of document.querySelectorAll("time.tick")) {
      if (t.dataset.since) t.textContent = spoken(now - Number(t.dataset.since));
    }
    if (!lost && source && Date.now() - heard > 25000) { say(true); connect(); }
  };
  setInterval(tick, 1000);

  const say = (gone) => {
    if (gone === lost) return;
    lost = gone;
    const told = document.getElementById("lost");
    body.classList.toggle("is-lost", gone);
    told.hidden = !gone;
    told.textContent = gone ? `${words.lost} ${new Date(heard).toLocaleTimeString(document.documentElement.lang, { hourCycle: "h23" })}` : "";
    const link = document.getElementById("link");
    if (link) link.textContent = gone ? "…" : words.wake;
  };

  // Put new parts in the place of old ones by id; whoever is on a link within one stays there.
  const swap = (fragment) => {
    const held = document.activeElement && document.activeElement.closest("[data-live]") ? document.activeElement : null;
    for (const fresh of fragment.querySelectorAll("[data-live][id]")) {
      const old = document.getElementById(fresh.id);
      if (!old) return false;
      if (old.outerHTML === fresh.outerHTML) continue;
      const node = document.importNode(fresh, true);
      const href = held && old.contains(held) ? held.getAttribute("href") : null;
      old.replaceWith(node);
      if (window.htmx) window.htmx.process(node);
      if (href) for (const a of node.querySelectorAll("a")) if (a.getAttribute("href") === href) { a.focus({ preventScroll: true }); break; }
    }
    body.dispatchEvent(new CustomEvent("hw:swapped"));
    return true;
  };

  let halls = new Set();
  let waiting = null;
  let running = false;
  const refresh = async () => {
    waiting = null;
    if (running) { waiting = setTimeout(refresh, 300); return; }
    running = true;
    const wanted = [...halls];
    halls = new Set();
    try {
      let url = location.href;
      if (words.live === "wall") {
        if (wanted.length > 100) { location.reload(); return; }
        const query = new URLSearchParams(wanted.map((h) => ["hall", h]));
        if (body.classList.contains("dense")) query.append("dense", "true");
        url = `/wall/live?${query}`;
      }
      const answer = await fetch(url, { headers: { accept: "text/html" } });
      if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!swap(page)) location.reload();
      tick();
    } catch {
      wanted.forEach((h) => halls.add(h));
      waiting = setTimeout(refresh, 3000);
    } finally {
      running = false;
    }
  };
  const soon = () => { if (waiting === null) waiting = setTimeout(refresh, 250); };

  const concerns = (kind, change) => {
    const [noun, id] = words.live.split(/:(.*)/s);
    if (kind === "ticket" || noun === "wall") return true;
    if (noun === "hall") return (change.document || {}).hall === id;
    if (noun === "device") return change.ref === id;
    return false;
  };

  function connect() {
    if (source) source.close();
    heard = Date.now();
    source = new EventSource(`/api/v1/stream?after=${last}`);
    const take = (kind) => (event) => {
      heard = Date.now();
      say(false);
      if (event.lastEventId) last = Number(event.lastEventId);
      if (kind === "beat") { skew = Date.parse(JSON.parse(event.data)) - Date.now(); return; }
      const change = JSON.parse(event.data);
      if (!concerns(kind, change)) return;
      if (kind === "state" && change.document && change.document.hall) halls.add(change.document.hall);
      soon();
    };
    for (const kind of ["state", "ticket", "beat"]) source.addEventListener(kind, take(kind));
    for (const kind of ["inventory", "reset"]) source.addEventListener(kind, () => location.reload());
    source.onerror = () => {
      say(true);
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
    };
  }
  if (words.live) connect();
})();
