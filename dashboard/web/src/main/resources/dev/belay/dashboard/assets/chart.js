// Draws charts where a page has the numbers as a table: the table stays for those who want it.
export function charts() {
  if (!document.querySelector("[data-chart]")) {
    return;
  }
  const script = document.createElement("script");
  script.src = document.querySelector("[data-chart]").dataset.chart;
  script.onload = draw;
  document.head.append(script);
  document.addEventListener("belay:theme", draw);
  document.addEventListener("belay:refreshed", draw);
  addEventListener("resize", () => requestAnimationFrame(draw));
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function draw() {
  if (!window.uPlot) {
    return;
  }
  document.querySelectorAll("[data-chart]").forEach((box) => {
    const table = document.getElementById(box.dataset.chartTable);
    const rows = [...table.querySelectorAll("tbody tr")];
    const column = (n) => rows.map((row) => Number(row.children[n].dataset.value));
    const days = box.dataset.chartDays !== undefined;
    const axis = { stroke: colour("--ink-2"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
    box.replaceChildren();
    if (days) {
      bars(box, axis, column);
      return;
    }
    new uPlot(
      {
        width: box.clientWidth,
        height: 180,
        legend: { show: false },
        cursor: { show: false },
        axes: [{ ...axis, values: (plot, marks) => marks.map((mark) => new Date(mark * 1000).toISOString().slice(11, 16)) }, { ...axis, size: 46 }],
        series: [
          {},
          { label: "succeeded", stroke: colour("--accent"), width: 2, fill: colour("--accent-soft") },
          { label: "failed", stroke: colour("--bad"), width: 2, dash: [6, 3] },
          { label: "undone", stroke: colour("--undo"), width: 2, dash: [2, 3] },
        ],
      },
      [column(0), column(1), column(2), column(3)],
      box,
    );
  });
}

// What was spent on each day as a bar, and what was not spent as a line over it; which columns these are, the box says.
function bars(box, axis, column) {
  const shown = box.dataset.chartDays.split(" ").map(Number);
  new uPlot(
    {
      width: box.clientWidth,
      height: 180,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { range: (plot, min, max) => [min - 43200, max + 43200] }, y: { range: (plot, min, max) => [0, max > 0 ? max * 1.1 : 1] } },
      axes: [{ ...axis, incrs: [1, 2, 7, 14, 30].map((n) => n * 86400), values: (plot, marks) => marks.map((mark) => new Date(mark * 1000).toISOString().slice(5, 10)) }, { ...axis, size: 56 }],
      series: [
        {},
        { label: "spent", stroke: colour("--accent"), width: 1, fill: colour("--accent-soft"), paths: uPlot.paths.bars({ size: [0.7, 60] }), points: { show: false } },
        { label: "avoided", stroke: colour("--undo"), width: 2, dash: [2, 3], points: { show: false } },
      ],
    },
    [column(0), column(shown[0]), column(shown[1])],
    box,
  );
}
