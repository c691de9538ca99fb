/* Draws <figure class="chart"> from the JSON inside it, in one palette and one style; the table beneath stays the truth.

   {"categories": ["May", "Jun"],
    "panels": [{"title": "Open pipeline", "unit": "EUR", "kind": "bar" | "stack" | "line" | "rows",
                "format": {"style": "money", "currency": "EUR"} | {"style": "percent"} | {"style": "number"},
                "series": [{"name": "Won", "values": [1200.5, null], "colour": 1, "open": true}]}]}

   One panel may be written without "panels". Values are plain numbers (money in major units, percent as 0.07), null is
   "no data". Panels stand under each other over the same categories. `rows` are bars lying down, alone in their chart.
   `colour` is one of eight; `open` marks the last value as unfinished. Series of `rows` may have "low" and "high", the
   ends of an interval by category; their panel may have "dots": [{"name", "values"}], other measures of the same.

   What flows from step to step has no panels: {"kind": "flow", "format": …, "steps": [{"name": "First channel",
   "nodes": [{"name": "Mail", "colour": 1}]}], "links": [[step, place of the node, place in the next step, value]]}. */
(() => {
  "use strict";

  const sources = document.currentScript.dataset;
  const language = document.documentElement.lang;
  const root = getComputedStyle(document.documentElement);
  const FONT = root.getPropertyValue("--font").trim();
  /* [from, divided by, word] */
  const SCALES = language.startsWith("zh")
    ? [[1e8, 1e8, "亿"], [1e4, 1e4, "万"]]
    : [[1e9, 1e9, "bn"], [1e6, 1e6, "M"], [1e4, 1e3, "k"]];
  const NARROW = 560;
  const ROW_HEIGHT = 34;
  const NODE_HEIGHT = 52;
  const PICTURE = { width: 1000, ratio: 2, head: 64, side: 20 };

  /* On the page colours are CSS variables and follow the system and the printer; a picture needs their values. */
  const onPage = (name) => `var(--${name})`;
  const inPicture = (name) => root.getPropertyValue(`--${name}`).trim();

  let library = null;

  function load() {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = sources.echarts;
      script.onload = () => resolve(window.echarts);
      script.onerror = reject;
      document.head.append(script);
    });
    return library;
  }

  /* ---- numbers ---- */

  const known = (values) => values.filter((value) => value !== null);
  const minus = (text) => text.replace("-", "−");

  function totals(panel) {
    return panel.series[0].values.map((_, index) => {
      const parts = known(panel.series.map((one) => one.values[index]));
      return parts.length ? parts.reduce((sum, value) => sum + value, 0) : null;
    });
  }

  function shortNumbers(panel) {
    if (panel.format?.style === "percent") {
      const format = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
      return (value) => minus(format.format(value));
    }
    const values = panel.kind === "stack" ? totals(panel) : panel.series.flatMap((one) => one.values);
    const scaleOf = (size) => SCALES.find(([from]) => size >= from) ?? [0, 1, ""];
    const most = Math.max(0, ...known(values).map(Math.abs));
    const scale = scaleOf(most); // of all but what it would call nothing, which has its own
    const format = new Intl.NumberFormat(language, { maximumFractionDigits: scale[1] > 1 || most < 10 ? 1 : 0 });
    return (value) => {
      if (value === 0) return "0";
      const [, divisor, word] = Math.abs(value) < 0.05 * scale[1] ? scaleOf(Math.abs(value)) : scale;
      return minus(format.format(value / divisor)) + word;
    };
  }

  function fullNumbers(format) {
    const shapes = {
      money: { style: "currency", currency: format?.currency ?? "XXX", currencyDisplay: "narrowSymbol" },
      percent: { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 },
    };
    const written = new Intl.NumberFormat(language, shapes[format?.style] ?? {});
    return (value) => (value === null || value === undefined ? "–" : minus(written.format(value)));
  }

  /* ---- the drawing ---- */

  const panelsOf = (data) => data.panels ?? [data];
  const isGrouped = (panel) => panel.kind === "bar" && panel.series.length > 1;
  const slot = (one, index) => `c${one.colour ?? [1, 2, 3, 5, 4, 6, 7, 8][index % 8]}`;

  function barItems(one, colour) {
    const last = one.values.length - 1;
    const itemStyle = { color: colour, opacity: 0.45, borderColor: colour, borderType: [3, 2], borderWidth: 1 };
    return one.values.map((value, index) => (one.open && index === last ? { value, itemStyle } : value));
  }

  const topLabels = (ink, written) => ({ show: true, position: "top", color: ink("ink"), opacity: 1, fontWeight: 600, fontSize: 12, formatter: ({ value }) => written(value) });

  function endLabels(name, written, ink, colour) {
    const rich = { mark: { color: colour, fontSize: 12 }, name: { color: ink("ink-2"), fontSize: 12 }, value: { color: ink("ink"), fontWeight: 600, fontSize: 12 } };
    const formatter = ({ value }) => `{mark|■} {name|${name}}  {value|${written(value)}}`;
    const apart = { backgroundColor: "transparent", padding: [2, 0] }; // padding counts between moved labels only with a ground
    return { show: true, opacity: 1, position: "right", distance: 12, align: "left", fontSize: 12, formatter, rich, ...apart };
  }

  /* Names beside the last column need room there: each part must be tall enough for its words. */
  function endsClearly(panel) {
    const most = Math.max(...totals(panel).map((value) => value ?? 0));
    return panel.series.every((one) => (one.values.at(-1) ?? 0) >= 0.09 * most || !one.values.some(Boolean));
  }

  const isNamedAbove = (panel) => panel.kind === "stack" && panel.series.length > 1 && !endsClearly(panel);

  const still = { silent: false, animation: false, emphasis: { disabled: true } };

  function bars(panel, at, ink, written) {
    return panel.series.map((one, index) => ({
      ...still, ...at, type: "bar", name: one.name, barMaxWidth: 46, barCategoryGap: "45%", itemStyle: { color: ink(slot(one, index)) },
      data: barItems(one, ink(slot(one, index))), label: topLabels(ink, written), labelLayout: { hideOverlap: true },
    }));
  }

  function stacks(panel, at, ink, written, wide) {
    const last = panel.series[0].values.length - 1;
    const parts = panel.series.map((one, index) => {
      const colour = ink(slot(one, index));
      const data = barItems(one, colour).map((item, place) => {
        const value = item?.value ?? item;
        if (place !== last || !wide || !value) return item;
        return { ...(item?.value === undefined ? { value } : item), label: endLabels(one.name, written, ink, colour) };
      });
      return {
        ...still, ...at, type: "bar", stack: `s${at.xAxisIndex}`, name: one.name, barMaxWidth: 46, barCategoryGap: "45%", data,
        itemStyle: { color: colour, borderColor: ink("surface"), borderWidth: 1 }, labelLayout: { moveOverlap: "shiftY" },
      };
    });
    const sums = {
      ...still, ...at, type: "line", name: "", silent: true, symbol: "circle", symbolSize: 1, tooltip: { show: false },
      lineStyle: { opacity: 0 }, itemStyle: { opacity: 0 }, data: totals(panel), label: topLabels(ink, written), labelLayout: { hideOverlap: true },
    };
    return [...parts, sums];
  }

  function lines(panel, at, ink, written, wide) {
    return panel.series.map((one, index) => {
      const colour = ink(slot(one, index));
      return {
        ...still, ...at, type: "line", name: one.name, data: one.values, connectNulls: false,
        symbol: ["circle", "rect", "diamond", "triangle"][index % 4], symbolSize: 7, showAllSymbol: true,
        lineStyle: { color: colour, width: 2 }, itemStyle: { color: colour },
        endLabel: wide ? { ...endLabels(one.name, written, ink, colour), position: undefined } : { show: false },
        labelLayout: { moveOverlap: "shiftY" },
      };
    });
  }

  /* parts of a whole need no axis beyond it */
  const isWhole = (panel) => panel.kind === "stack" && panel.format?.style === "percent" && totals(panel).every((sum) => Math.abs(sum - 1) < 1e-6);

  const kinds = { bar: bars, stack: stacks, line: lines };

  const axisText = (ink) => ({ color: ink("ink-3"), fontSize: 12 });

  /* the names of categories: over two lines where each has room for that, else as many as do not cover one another */
  function named(categories, room, ink) {
    const each = room / categories.length;
    const long = categories.some((one) => [...one].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 12 : 6.5), 0) > each - 8);
    const fits = each >= 56;
    const rules = fits ? { interval: 0, width: each - 8, overflow: "break", lineHeight: 14 } : { hideOverlap: true };
    return { lines: fits && long ? 2 : 1, label: { ...axisText(ink), ...rules } };
  }

  function upright(data, { ink, width, height, top, side }) {
    const panels = panelsOf(data);
    const wide = width >= NARROW;
    const titled = panels.length > 1;
    const isNamed = panels.some((panel) => panel.kind !== "bar" && !isNamedAbove(panel));
    const grouped = panels.filter((panel) => isGrouped(panel) || (wide && isNamedAbove(panel))).flatMap((panel) => panel.series.map((one) => one.name));
    const head = grouped.length ? top + 24 : top;
    const ends = side + (wide && isNamed ? 150 : 8);
    const below = named(data.categories, width - side - 52 - ends, ink);
    const room = (height - head - 12 - 14 * below.lines) / panels.length;
    const option = { title: [], legend: groupNames(grouped, side, top, ink), grid: [], xAxis: [], yAxis: [], series: [] };
    panels.forEach((panel, index) => {
      const written = shortNumbers(panel);
      const start = head + index * room;
      const isLast = index === panels.length - 1;
      if (titled) option.title.push(panelTitle(panel, start, side, ink));
      option.grid.push({ left: side + 52, right: ends, top: start + (titled ? 46 : 22), height: room - (titled ? 58 : 26) });
      option.xAxis.push({
        type: "category", gridIndex: index, data: data.categories, axisTick: { show: false },
        axisLine: { lineStyle: { color: ink("axis") } }, axisLabel: { ...below.label, show: isLast, margin: 10 },
      });
      option.yAxis.push({
        type: "value", gridIndex: index, splitNumber: panels.length > 1 ? 3 : 4, axisLabel: { ...axisText(ink), formatter: written },
        splitLine: { lineStyle: { color: ink("grid") } }, scale: false, ...(isWhole(panel) ? { max: 1, interval: 0.25 } : {}),
      });
      option.series.push(...kinds[panel.kind](panel, { xAxisIndex: index, yAxisIndex: index }, ink, written, wide && !isNamedAbove(panel)));
    });
    return option;
  }

  function lying(data, { ink, width, top, side }) {
    const [panel] = panelsOf(data);
    /* Each bar has its number beside it, so each is written in its own size. */
    const written = (value) => shortNumbers({ ...panel, series: [{ values: [value] }] })(value);
    return {
      grid: { left: side, right: side + 70, top: top + 4, bottom: 4, outerBoundsMode: "same" },
      xAxis: { type: "value", show: false },
      yAxis: {
        type: "category", inverse: true, data: data.categories, axisTick: { show: false }, axisLine: { lineStyle: { color: ink("axis") } },
        axisLabel: { color: ink("ink-2"), fontSize: 13, width: width < NARROW ? 130 : 220, overflow: "truncate" },
      },
      series: [
        ...panel.series.map((one, index) => ({
          ...still, type: "bar", name: one.name, barMaxWidth: 16, data: unlabelled(one), itemStyle: { color: ink(slot(one, index)) },
          label: panel.dots ? { show: false } : { ...topLabels(ink, written), position: "right" },
        })),
        ...panel.series.filter((one) => one.low).map((one) => whiskers(one, ink, panel.dots ? null : written)),
        ...(panel.dots ?? []).map((one) => ({
          ...still, type: "scatter", name: one.name, symbolSize: 7, z: 3, data: one.values.map((value, place) => [value, place]),
          itemStyle: { color: ink("surface"), borderColor: ink("ink-2"), borderWidth: 1.5 },
        })),
      ],
    };
  }

  /* a number beside the bar would stand on the whisker, so that it stands beside that */
  const unlabelled = (one) => one.values.map((value, place) => ((one.low?.[place] ?? null) === null ? value : { value, label: { show: false } }));

  /* one line with gaps: from the low to the high end of each interval */
  function whiskers(one, ink, written) {
    const label = (place) => (written ? { ...topLabels(ink, () => written(one.values[place])), position: "right" } : { show: false });
    const ends = one.low.flatMap((low, place) => (
      low === null ? [] : [[low, place], { value: [one.high[place], place], label: label(place) }, [null, null]]
    ));
    return {
      ...still, type: "line", name: "", silent: true, tooltip: { show: false }, connectNulls: false, z: 4, data: ends,
      symbol: "rect", symbolSize: [1.5, 9], showAllSymbol: true, lineStyle: { color: ink("ink"), width: 1.5 }, itemStyle: { color: ink("ink") },
    };
  }

  /* from step to step: the words of a node stand at its right, under each other where it is narrow */
  function flowing(data, { ink, width, top, side }) {
    const wide = width >= NARROW;
    const [room, thick] = wide ? [170, 12] : [74, 8];
    const between = (width - 2 * side - room - thick) / (data.steps.length - 1);
    const written = fullNumbers(data.format);
    const words = { fontSize: wide ? 12 : 11, textBorderColor: ink("surface"), textBorderWidth: 3 };
    const called = (step, place) => `${step}.${place}`;
    const nodeOf = (step, place) => data.steps[step].nodes[place];
    const headOf = (index) => ({ color: ink("ink-3"), fontSize: words.fontSize, fontWeight: 400, overflow: "truncate", width: (index < data.steps.length - 1 ? between : room) - 8 });
    return {
      title: data.steps.map((step, index) => ({ text: step.name, left: side + index * between, top, padding: 0, textStyle: headOf(index) })),
      series: [{
        ...still, type: "sankey", left: side, right: side + room, top: top + 24, bottom: wide ? 12 : 20, nodeWidth: thick, nodeGap: wide ? 14 : 28,
        layoutIterations: 0, draggable: false,
        data: data.steps.flatMap((step, index) => step.nodes.map(
          (one, place) => ({ name: called(index, place), words: one.name, depth: index, itemStyle: { color: ink(slot(one)), borderWidth: 0 } }),
        )),
        links: data.links.map(([step, from, to, value]) => ({
          source: called(step, from), target: called(step + 1, to), value, words: `${nodeOf(step, from).name} → ${nodeOf(step + 1, to).name}`,
          lineStyle: { color: ink(slot(nodeOf(step, from))), opacity: 0.28, curveness: 0.5 },
        })),
        label: {
          position: "right", distance: 4, width: Math.min(between, room + thick) - thick - (wide ? 6 : 4), overflow: "truncate", lineHeight: 14,
          formatter: ({ data: node, value }) => `{name|${node.words}}${wide ? "  " : "\n"}{value|${written(value)}}`,
          rich: { name: { ...words, color: ink("ink") }, value: { ...words, color: ink("ink-2"), fontWeight: 600 } },
        },
      }],
    };
  }

  /* bars side by side have no place for their names, so these stand above them */
  function groupNames(names, left, top, ink) {
    return {
      show: names.length > 0, data: names, left, top, padding: 0, icon: "rect", itemWidth: 10, itemHeight: 10, itemGap: 16,
      selectedMode: false, textStyle: { color: ink("ink-2"), fontSize: 12 },
    };
  }

  function panelTitle(panel, top, left, ink) {
    const rich = { k: { color: ink("ink"), fontSize: 12, fontWeight: 600 }, m: { color: ink("ink-3"), fontSize: 12, fontWeight: 400 } };
    return { text: `{k|${panel.title ?? ""}}  {m|${panel.unit ?? ""}}`, left, top, padding: 0, textStyle: { rich } };
  }

  function tooltip(data, ink) {
    const look = {
      renderMode: "richText", confine: true, backgroundColor: ink("surface"), borderColor: ink("line-2"), borderWidth: 1, padding: [8, 12],
      textStyle: { color: ink("ink"), fontSize: 12 },
    };
    const told = ({ data: one, value }) => `${one.words}\n${fullNumbers(data.format)(value)}`;
    if (data.kind === "flow") return { ...look, trigger: "item", formatter: told };
    const panels = panelsOf(data);
    const formatOf = new Map(panels.flatMap((panel) => [...panel.series, ...(panel.dots ?? [])].map(
      (one) => [one.name, fullNumbers(panel.format)],
    )));
    return {
      ...look, trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: ink("ink"), opacity: 0.05 } },
      formatter: (points) => [points[0].axisValueLabel, ...points.filter((point) => point.seriesName).map(
        (point) => `${point.seriesName}  ${formatOf.get(point.seriesName)?.([point.value].flat()[0])}`,
      )].join("\n"),
    };
  }

  function optionFor(data, size) {
    const drawn = ({ rows: lying, flow: flowing }[panelsOf(data)[0].kind] ?? upright)(data, size);
    return { animation: false, textStyle: { fontFamily: FONT }, tooltip: tooltip(data, size.ink), ...drawn };
  }

  /* ---- on the page ---- */

  const charts = new WeakMap();

  function legend(data) {
    const panels = panelsOf(data).filter((panel) => ["stack", "line"].includes(panel.kind) && panel.series.length > 1);
    const parts = panels.flatMap((panel) => panel.series.map(
      (one, index) => [slot(one, index), one.name, isNamedAbove(panel) ? "" : fullNumbers(panel.format)(known(one.values).at(-1))],
    ));
    const list = document.createElement("ul");
    list.className = "chart-legend";
    parts.forEach(([colour, name, value]) => {
      const [item, mark, amount] = ["li", "i", "b"].map((tag) => document.createElement(tag));
      mark.className = `series-${colour.slice(1)}`;
      amount.textContent = value;
      item.append(mark, `${name} `, amount);
      list.append(item);
    });
    return list;
  }

  function fit(figure, chart, data, canvas) {
    chart.resize();
    chart.setOption(optionFor(data, { ink: onPage, width: canvas.clientWidth, height: canvas.clientHeight, top: 0, side: 0 }), true);
    const list = figure.querySelector(".chart-legend");
    if (canvas.clientWidth >= NARROW) list?.remove();
    else if (!list) canvas.after(legend(data));
  }

  async function draw(figure) {
    if (charts.has(figure)) return;
    charts.set(figure, null);
    const data = JSON.parse(figure.querySelector(".chart-data").textContent);
    const canvas = figure.querySelector(".chart-canvas");
    const tall = data.kind === "flow" ? Math.max(...data.steps.map((one) => one.nodes.length)) * NODE_HEIGHT + 24 : data.categories.length * ROW_HEIGHT + 8;
    if (["rows", "flow"].includes(panelsOf(data)[0].kind)) canvas.style.minHeight = `${tall}px`;
    const echarts = await load();
    const chart = echarts.init(canvas, null, { renderer: "svg" });
    charts.set(figure, { chart, data });
    new ResizeObserver(() => fit(figure, chart, data, canvas)).observe(canvas);
    figure.querySelector(".chart-foot details").open = false;
  }

  /* ---- to take away ---- */

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  /* A spreadsheet takes text that begins like this for a formula, unless it is a number. */
  const formula = (text) => /^[=+\-@−\t\r＝＋－＠]/.test(text) && !/^[+\-−]?[\d.,\s]+%?$/.test(text);

  function asCsv(figure) {
    const lineOf = (row) => [...row.cells].map((cell) => {
      const text = cell.textContent.trim();
      return `"${(formula(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
    }).join(",");
    const text = [...figure.querySelectorAll("table tr")].map(lineOf).join("\r\n");
    return new Blob(["\ufeff", text, "\r\n"], { type: "text/csv;charset=utf-8" });
  }

  async function asPicture(figure) {
    const { chart, data } = charts.get(figure);
    const panel = figure.closest(".panel");
    const height = Math.max(320, chart.getHeight()) + PICTURE.head;
    const place = document.createElement("div");
    const echarts = await load();
    const copy = echarts.init(place, null, { renderer: "canvas", width: PICTURE.width, height, devicePixelRatio: PICTURE.ratio });
    const option = optionFor(data, { ink: inPicture, width: PICTURE.width, height: height - 16, top: PICTURE.head, side: PICTURE.side });
    const words = panel.querySelector("h2").textContent;
    const heading = {
      text: words, subtext: panel.querySelector(".panel-note")?.textContent ?? "", left: PICTURE.side, top: 14, padding: 0, itemGap: 4,
      textStyle: { color: inPicture("ink"), fontSize: 16, fontWeight: 600 }, subtextStyle: { color: inPicture("ink-3"), fontSize: 12 },
    };
    copy.setOption({ ...option, tooltip: undefined, backgroundColor: inPicture("surface"), title: [heading, ...(option.title ?? [])] });
    const blob = await new Promise((resolve) => { copy.renderToCanvas({ pixelRatio: PICTURE.ratio }).toBlob(resolve); });
    copy.dispose();
    return blob;
  }

  document.addEventListener("click", async (event) => {
    const kind = event.target.closest("[data-save]")?.dataset.save;
    if (!kind) return;
    const figure = event.target.closest("figure");
    save(kind === "csv" ? asCsv(figure) : await asPicture(figure), `${figure.dataset.name}.${kind}`);
  });

  const drawAll = (within) => within.querySelectorAll("figure.chart").forEach(draw);
  document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt.parentElement ?? document));
  drawAll(document);
})();
