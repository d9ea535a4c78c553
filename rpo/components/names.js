// Names of groups written on a Plotly chart, as many as find room: finer ones as the reader zooms in. Runs after over_chart.js.

const CLOSER = 0.6; // share of the map's width below which finer names are written
const LETTER = 6.7, LINE = 16, FREE = 4; // pixels of a letter, a line and the room around a name

export default function ({ data, parentElement }) {
  const theme = getComputedStyle(parentElement.host ?? parentElement);
  const [ink, paper] = [theme.getPropertyValue("--st-text-color"), theme.getPropertyValue("--st-background-color")];
  return over(parentElement, data.chart, "group-names", (layer, across, down, seen) => {
    const taken = [], width = parseFloat(layer.style.width), height = parseFloat(layer.style.height);
    for (const [text, x, y, finer] of data.names) {
      if (finer && seen > CLOSER * data.extent) continue;
      const half = (text.length * LETTER) / 2, box = [across(x) - half, down(y) - LINE / 2, across(x) + half, down(y) + LINE / 2];
      const inside = box[0] > 0 && box[1] > 0 && box[2] < width && box[3] < height;
      if (!inside || taken.some((other) => box[0] < other[2] + FREE && box[2] + FREE > other[0] && box[1] < other[3] + FREE && box[3] + FREE > other[1])) continue;
      taken.push(box);
      add(layer, "text", {
        x: across(x), y: down(y), fill: ink, stroke: paper, "stroke-width": 4, "paint-order": "stroke", "text-anchor": "middle",
        "dominant-baseline": "central", "font-size": 13, "font-family": theme.getPropertyValue("--st-font"), "font-weight": 600, "stroke-linejoin": "round",
      }, text);
    }
  });
}
