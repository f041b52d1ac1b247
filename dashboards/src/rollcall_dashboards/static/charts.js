/* Draws the device's charts from the numbers in the page. Without it the tables say the same. */
(() => {
  "use strict";
  const source = document.getElementById("chart-numbers");
  if (!source || !window.uPlot) return;
  const numbers = JSON.parse(source.textContent);
  const zoned = (at) => uPlot.tzDate(new Date(at * 1000), numbers.zone);
  const look = () => {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(name).trim();
    return {
      ink: read("--ink"), soft: read("--soft"), line: read("--line"), accent: read("--accent"), card: read("--card"),
      wash: read("--accent-wash"), good: read("--good-fill"), warn: read("--warn-fill"), bad: read("--bad-fill"),
      quiet: read("--quiet-fill"),
    };
  };
  const phaseNames = ["firmware", "loader", "kernel", "services"];
  const phaseLooks = (c) => [c.quiet, c.warn, c.accent, c.good];
  const sayDay = (at) => zoned(at).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
  const saySeconds = (value) => (value == null ? "–" : `${Math.round(value * 10) / 10} s`);

  /* every chart of the page shows the same span of time */
  const span = () => {
    const all = [...numbers.starts.at, ...numbers.failures.map((one) => one[0])];
    const low = Math.min(...all), high = Math.max(...all), room = Math.max(43200, (high - low) * 0.02);
    return [low - room, high + room];
  };
  const axes = (c, unit) => [
    { stroke: c.soft, grid: { show: false }, ticks: { stroke: c.line }, font: "12px system-ui, sans-serif" },
    { stroke: c.soft, grid: { stroke: c.line, width: 1 }, ticks: { show: false }, size: 58, font: "12px system-ui, sans-serif",
      values: (_, marks) => marks.map((mark) => `${mark} ${unit}`) },
  ];
  const months = [
    [3600 * 24 * 365, "{YYYY}", null, null, null, null, null, null, 1],
    [3600 * 24 * 28, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [3600 * 24, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [3600, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
    [60, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
  ];

  const drawBand = (chart, c) => {
    const band = numbers.band;
    if (band.at.length < 2) return;
    const { ctx } = chart, x = (at) => chart.valToPos(at, "x", true), y = (v) => chart.valToPos(v, "y", true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(chart.bbox.left, chart.bbox.top, chart.bbox.width, chart.bbox.height);
    ctx.clip();
    ctx.beginPath();
    band.at.forEach((at, i) => ctx.lineTo(x(at), y(band.high[i])));
    for (let i = band.at.length - 1; i >= 0; i--) ctx.lineTo(x(band.at[i]), y(band.low[i]));
    ctx.closePath();
    ctx.fillStyle = c.wash;
    ctx.fill();
    ctx.restore();
  };
  const drawPhases = (chart, c) => {
    const { ctx } = chart, { at, phases } = numbers.starts, looks = phaseLooks(c);
    const wide = Math.max(1, Math.min(8, chart.bbox.width / Math.max(1, at.length) / 2)) ;
    ctx.save();
    ctx.beginPath();
    ctx.rect(chart.bbox.left, chart.bbox.top, chart.bbox.width, chart.bbox.height);
    ctx.clip();
    at.forEach((when, i) => {
      let below = 0;
      phases.forEach((phase, k) => {
        if (phase[i] == null) return;
        const low = chart.valToPos(below, "y", true), high = chart.valToPos(below + phase[i], "y", true);
        ctx.fillStyle = looks[k];
        ctx.globalAlpha = 0.55;
        ctx.fillRect(chart.valToPos(when, "x", true) - wide / 2, high, wide, low - high);
        below += phase[i];
      });
    });
    ctx.restore();
  };
  const drawBeyond = (chart, c, whole) => {
    const { ctx } = chart, size = 5 * devicePixelRatio, y = chart.bbox.top + size;
    ctx.fillStyle = c.ink;
    whole.forEach((value, i) => {
      if (value == null || value <= chart.scales.y.max) return;
      const x = chart.valToPos(numbers.starts.at[i], "x", true);
      ctx.beginPath();
      ctx.moveTo(x, y - size);
      ctx.lineTo(x + size, y + size * 0.8);
      ctx.lineTo(x - size, y + size * 0.8);
      ctx.fill();
    });
  };
  const starts = (box, c) => {
    const { at, to_login: toLogin, phases } = numbers.starts;
    const whole = toLogin.map((value, i) => value ?? (phases.some((p) => p[i] != null) ? phases.reduce((sum, p) => sum + (p[i] ?? 0), 0) : null));
    const known = [...whole.filter((v) => v != null), ...numbers.band.high].sort((a, b) => a - b);
    if (!known.length) { box.hidden = true; return null; }
    /* one start of ten minutes must not flatten all others: it is drawn as a triangle at the edge */
    const top = Math.min(known[known.length - 1] * 1.08, known[Math.floor((known.length - 1) * 0.9)] * 2.5);
    const silent = { paths: () => null, points: { show: false } };
    return new uPlot({
      width: box.clientWidth, height: Math.max(220, Math.min(360, box.clientWidth * 0.32)), tzDate: zoned,
      cursor: { sync: { key: "device" }, y: false, drag: { x: false, y: false } }, legend: { live: true },
      scales: { x: { range: span }, y: { range: () => [0, Math.max(5, top)] } },
      axes: [{ ...axes(c, "s")[0], values: months }, axes(c, "s")[1]],
      series: [
        { label: "started", value: (_, v) => (v == null ? "–" : sayDay(v)) },
        { label: "to login", stroke: c.ink, paths: () => null, points: { show: true, size: 5, fill: c.ink, width: 0 }, value: (_, v) => saySeconds(v) },
        ...phaseNames.map((label, k) => ({ label, stroke: phaseLooks(c)[k], fill: phaseLooks(c)[k], ...silent, value: (_, v) => saySeconds(v) })),
      ],
      hooks: { drawAxes: [(chart) => { drawBand(chart, c); drawPhases(chart, c); drawBeyond(chart, c, whole); }] },
    }, [at, toLogin, ...phases], box);
  };

  const lanes = (box, c) => {
    const rows = [["updates", numbers.updates, c.accent], ["failures", numbers.failures, c.bad], ["stops", numbers.stops, c.warn]];
    const every = rows.flatMap(([, list], lane) => list.map(([at, words]) => ({ at, words, lane }))).sort((a, b) => a.at - b.at);
    const [low, high] = span();
    const said = document.createElement("p");
    said.className = "lanes";
    const count = (list, one) => `${list.length} ${one}${list.length === 1 ? "" : "s"}`;
    said.textContent = [count(numbers.stops, "unclean stop"), count(numbers.failures, "failure"), count(numbers.updates, "update")].join(", ");
    const mark = (chart) => {
      const { ctx } = chart, size = 5 * devicePixelRatio;
      every.forEach(({ at, lane }) => {
        const x = chart.valToPos(at, "x", true), y = chart.valToPos(lane + 0.5, "y", true);
        ctx.fillStyle = rows[lane][2];
        ctx.beginPath();
        if (lane === 0) ctx.rect(x - size * 0.4, y - size * 1.3, size * 0.8, size * 2.6);
        else if (lane === 1) ctx.rect(x - size * 0.8, y - size * 0.8, size * 1.6, size * 1.6);
        else { ctx.moveTo(x, y - size); ctx.lineTo(x + size, y + size * 0.8); ctx.lineTo(x - size, y + size * 0.8); }
        ctx.fill();
      });
    };
    const point = (chart) => {
      if (chart.cursor.left == null || chart.cursor.left < 0 || !every.length) return;
      const at = chart.posToVal(chart.cursor.left, "x");
      const near = every.reduce((best, one) => (Math.abs(one.at - at) < Math.abs(best.at - at) ? one : best));
      if (Math.abs(chart.valToPos(near.at, "x") - chart.cursor.left) < 12) {
        const same = every.filter((one) => Math.abs(one.at - near.at) < 43200).map((one) => (one.lane ? one.words : `update to ${one.words}`));
        said.textContent = `${sayDay(near.at)}: ${[...new Set(same)].join(", ")}`;
      }
    };
    const chart = new uPlot({
      width: box.clientWidth, height: 118, tzDate: zoned, legend: { show: false },
      cursor: { sync: { key: "device" }, y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: { x: { range: span }, y: { range: () => [0, 3] } },
      axes: [
        { ...axes(c, "")[0], values: months },
        { stroke: c.soft, size: 58, grid: { stroke: c.line, width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif",
          splits: () => [0.5, 1.5, 2.5], values: () => rows.map(([name]) => name) },
      ],
      series: [{}, { paths: () => null, points: { show: false } }],
      hooks: { draw: [mark], setCursor: [point] },
    }, [[low, high], [null, null]], box);
    box.append(said);
    return chart;
  };

  const battery = (box, c) => {
    const { at, percent, rule } = numbers.battery;
    const line = (chart) => {
      const y = chart.valToPos(rule, "y", true), { ctx } = chart;
      ctx.save();
      ctx.strokeStyle = c.bad;
      ctx.setLineDash([6, 4]);
      ctx.beginPath();
      ctx.moveTo(chart.bbox.left, y);
      ctx.lineTo(chart.bbox.left + chart.bbox.width, y);
      ctx.stroke();
      ctx.restore();
    };
    const low = Math.min(40, Math.floor(Math.min(...percent) / 10) * 10), high = Math.max(110, ...percent);
    return new uPlot({
      width: box.clientWidth, height: 220, tzDate: zoned, cursor: { y: false, drag: { x: false, y: false } },
      scales: { y: { range: () => [low, high] } },
      axes: [{ ...axes(c, "%")[0], values: months }, axes(c, "%")[1]],
      series: [
        { label: "day", value: (_, v) => (v == null ? "–" : sayDay(v)) },
        { label: "of its design", stroke: c.accent, width: 2, points: { show: at.length < 60, size: 4, fill: c.accent }, spanGaps: true,
          value: (_, v) => (v == null ? "–" : `${v} %`) },
      ],
      hooks: { draw: [line] },
    }, [at, percent], box);
  };

  const makers = { "chart-starts": starts, "chart-lanes": lanes, "chart-battery": battery };
  let drawn = [];
  const draw = () => {
    drawn.forEach((chart) => chart && chart.destroy());
    document.querySelectorAll(".chart").forEach((box) => box.replaceChildren());
    const c = look();
    drawn = Object.entries(makers).map(([id, make]) => {
      const box = document.getElementById(id);
      return box ? make(box, c) : null;
    });
  };
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  let wide = document.documentElement.clientWidth;
  addEventListener("resize", () => {
    if (document.documentElement.clientWidth === wide) return;
    wide = document.documentElement.clientWidth;
    draw();
  });
})();
