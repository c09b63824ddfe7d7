"use strict";
// Draws the measured values of a device. Canvas and rich-text tooltips: no inline style, as the policy wants it.
(() => {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const charts = [];

  let drawn = 0;
  const period = () => Number(document.getElementById("timeline").dataset.hours);

  // What is drawn of the points: in the unit shown, and nothing across silence: a line ends where no value came for
  // 3 intervals or 3 parts of the period. One alone is a dot. Of a counter the server gives what it counted a second.
  const POINTS = 240;
  const drawable = (points, { scale, interval }, length) => {
    const apart = 3 * Math.max(Number(interval) * 1000, length / POINTS);
    const runs = [];
    let before = null;
    for (const { ts, mean } of points) {
      const at = Date.parse(ts);
      const silent = before && at - before.at > apart;
      if (!runs.length || silent) runs.push([]);
      runs[runs.length - 1].push([at, mean * Number(scale)]);
      before = { at };
    }
    return runs.flatMap((run, n) => {
      const alone = run.length === 1 || points.length < 30;
      const shown = run.map((value) => ({ value, symbol: alone ? "circle" : "none" }));
      return n ? [{ value: [run[0][0] - 1, null], symbol: "none" }, ...shown] : shown;
    });
  };

  const draw = async (box) => {
    const { device, field, zone, unit, least, most, rate } = box.dataset;
    const hours = period();
    const until = new Date();
    const from = new Date(until.getTime() - Number(hours) * 3600000);
    const query = new URLSearchParams({ field, from: from.toISOString(), until: until.toISOString(), points: String(POINTS), ...(rate ? { rate: "true" } : {}) });
    const answer = await fetch(`/api/v1/devices/${encodeURIComponent(device)}/metrics?${query}`);
    if (!answer.ok) return;
    const { points } = await answer.json();
    const data = drawable(points, box.dataset, until - from);
    if (!data.length) { echarts.getInstanceByDom(box)?.dispose(); box.textContent = box.dataset.empty; box.classList.add("none"); return; }
    box.classList.remove("none");
    const clock = new Intl.DateTimeFormat(document.documentElement.lang, {
      timeZone: zone, hourCycle: "h23", hour: "2-digit", minute: "2-digit", ...(Number(hours) > 48 ? { month: "2-digit", day: "2-digit" } : {}),
    });
    const tick = Number(hours) > 48 ? new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: zone, month: "2-digit", day: "2-digit" }) : clock;
    const digits = Number(box.dataset.digits);
    const words = (value, most) => `${value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: most })}`;
    let chart = echarts.getInstanceByDom(box);
    if (!chart) { box.textContent = ""; chart = echarts.init(box, null, { renderer: "canvas" }); charts.push(chart); }
    chart.setOption({
      animation: false,
      grid: { left: 8, right: 24, top: 10, bottom: 4, containLabel: true },
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, backgroundColor: token("--raised"), borderColor: token("--line"),
        textStyle: { color: token("--ink") },
        formatter: ([p]) => p.value[1] === null ? "" : `${clock.format(p.value[0])}  ${words(p.value[1], Math.max(digits, 1))} ${unit}`,
      },
      xAxis: {
        type: "time", min: from.getTime(), max: until.getTime(), splitNumber: 4, axisLine: { lineStyle: { color: token("--line") } },
        axisLabel: { color: token("--soft"), hideOverlap: true, formatter: (ms) => tick.format(ms) },
      },
      yAxis: {
        type: "value", scale: least === undefined, min: least === undefined ? null : Number(least), max: most === undefined ? null : Number(most),
        interval: most && Number(most) % 2 === 0 ? Number(most) / 2 : null, minInterval: digits || unit === "%" ? 0 : 1, splitNumber: 3, splitLine: { lineStyle: { color: token("--line") } },
        axisLabel: { color: token("--soft"), formatter: (value) => words(value, 3) },
      },
      series: [{
        type: "line", showSymbol: true, symbolSize: 4, lineStyle: { width: 1.8 }, color: token("--chart"),
        data, connectNulls: false,
      }],
    });
  };

  const drawAll = () => {
    drawn = Date.now();
    document.querySelectorAll(".chart").forEach((box) => draw(box).catch(() => {}));
  };
  let shown = period();
  const again = () => {
    if (period() === shown && Date.now() - drawn < 30000) return;
    shown = period();
    drawAll();
  };
  document.body.addEventListener("htmx:after:swap", again);
  document.body.addEventListener("hw:swapped", again);
  addEventListener("resize", () => charts.forEach((chart) => chart.isDisposed() || chart.resize()));
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", drawAll);
  drawAll();
})();
