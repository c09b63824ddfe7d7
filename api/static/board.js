"use strict";
// Clocks that tick by the server's: what is counted grows only within the repair hours that the server named.
(() => {
  const words = document.body.dataset;
  let skew = 0;
  const two = (n) => String(n).padStart(2, "0");
  const spoken = (ms) => {
    const s = Math.max(0, Math.floor(ms / 1000));
    if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
    const m = Math.floor(s / 60);
    if (m < 1440) return `${Math.floor(m / 60)} ${words.h} ${two(m % 60)} ${words.min}`;
    return `${Math.floor(m / 1440)} ${words.d} ${Math.floor((m % 1440) / 60)} ${words.h}`;
  };
  const counted = (clock, at) => {
    let sum = Number(clock.dataset.counted);
    for (const run of clock.dataset.runs.split(";")) {
      const [start, until] = run.split(",").map(Number);
      if (run && at > start) sum += Math.min(at, until) - start;
    }
    return sum;
  };
  const draw = (board, clock, at) => {
    const sum = counted(clock, at);
    const left = clock.querySelector(".left");
    if (!clock.dataset.target) { left.textContent = board.dataset.counted.replace("{time}", spoken(sum)); return; }
    const target = Number(clock.dataset.target);
    const over = sum > target;
    left.textContent = (over ? board.dataset.over : board.dataset.left).replace("{time}", spoken(Math.abs(target - sum)));
    const percent = Math.min(100, (sum * 100) / target);
    const rect = clock.querySelector("rect");
    if (rect) rect.setAttribute("width", `${percent.toFixed(2)}%`);
    const line = clock.parentElement.classList;
    if (line.contains("tone-calm") && percent >= 75) line.replace("tone-calm", "tone-soon");
    if (line.contains("tone-soon") && over) line.replace("tone-soon", "tone-late");
  };
  const tick = () => {
    const board = document.getElementById("board");
    if (!board) return;
    const at = Date.now() + skew;
    for (const clock of board.querySelectorAll(".clock[data-runs]")) if (clock.dataset.runs) draw(board, clock, at);
  };
  const choices = document.querySelector(".sieve details");
  if (choices && matchMedia("(max-width: 640px)").matches && !choices.querySelector(".chosen")) choices.open = false;
  const set = () => { skew = Number(document.getElementById("board").dataset.now) - Date.now(); tick(); };
  document.body.addEventListener("hw:swapped", set);
  set();
  setInterval(tick, 1000);
})();
