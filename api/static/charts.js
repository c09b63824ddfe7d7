"use strict";
// Draws the measured values of a device. Canvas and rich-text tooltips: no inline style, as the policy wants it.
(() => {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const charts = [];

  let drawn = 0;
  const period = () => Number(document.getElementById("timeline").dataset.hours);

  const draw = async (box) => {
    const { device, field, zone } = box.dataset;
    const hours = period();
    const until = new Date();
    const from = new Date(until.getTime() - Number(hours) * 3600000);
    const query = new URLSearchParams({ field, from: from.toISOString(), until: until.toISOString(), points: "240" });
    const answer = await fetch(`/api/v1/devices/${encodeURIComponent(device)}/metrics?${query}`);
    if (!answer.ok) return;
    const { points } = await answer.json();
    if (!points.length) { echarts.getInstanceByDom(box)?.dispose(); box.textContent = box.dataset.empty; box.classList.add("none"); return; }
    box.classList.remove("none");
    const clock = new Intl.DateTimeFormat(document.documentElement.lang, {
      timeZone: zone, hourCycle: "h23", hour: "2-digit", minute: "2-digit", ...(Number(hours) > 48 ? { month: "2-digit", day: "2-digit" } : {}),
    });
    let chart = echarts.getInstanceByDom(box);
    if (!chart) { box.textContent = ""; chart = echarts.init(box, null, { renderer: "canvas" }); charts.push(chart); }
    chart.setOption({
      animation: false,
      grid: { left: 8, right: 14, top: 10, bottom: 4, containLabel: true },
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, backgroundColor: token("--raised"), borderColor: token("--line"),
        textStyle: { color: token("--ink") },
        formatter: ([p]) => `${clock.format(p.value[0])}  ${Number(p.value[1].toPrecision(6)).toLocaleString()}`,
      },
      xAxis: {
        type: "time", min: from.getTime(), max: until.getTime(), splitNumber: 4, axisLine: { lineStyle: { color: token("--line") } },
        axisLabel: { color: token("--soft"), hideOverlap: true, formatter: (ms) => clock.format(ms) },
      },
      yAxis: { type: "value", scale: true, splitNumber: 3, splitLine: { lineStyle: { color: token("--line") } }, axisLabel: { color: token("--soft") } },
      series: [{
        type: "line", showSymbol: points.length < 30, symbolSize: 4, lineStyle: { width: 1.8 }, color: token("--chart"),
        data: points.map((p) => [Date.parse(p.ts), p.mean]),
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
