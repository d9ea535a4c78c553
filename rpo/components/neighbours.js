// The picked prompt over a Plotly chart: a ring and its links. Runs after over_chart.js.

const RED = "#ef4444";

export default function ({ data, parentElement }) {
  return over(parentElement, data.chart, "prompt-links", (layer, across, down) => {
    if (!data.at) return;
    const [cx, cy] = [across(data.at[0]), down(data.at[1])];
    for (const [x, y, share] of data.ends)
      add(layer, "line", { stroke: RED, x1: cx, y1: cy, x2: across(x), y2: down(y), "stroke-width": 0.5 + 4 * share, opacity: 0.15 + 0.65 * share });
    add(layer, "circle", { stroke: RED, cx, cy, r: 11, fill: "none", "stroke-width": 3 });
  });
}
