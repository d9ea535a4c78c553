// The picked prompt over a Plotly chart: a ring and its links, kept in place while the reader zooms and pans.
// The chart itself is never touched: it is found by its Streamlit key, and only its axes are read.

const SVG = "http://www.w3.org/2000/svg";
const RED = "#ef4444";

const running = new WeakMap(); // what ends the drawing of a component's earlier data

export default function ({ data, parentElement }) {
  running.get(parentElement)?.();
  const end = follow(data);
  running.set(parentElement, end);
  return end;
}

// Look at the chart's axes before each frame, and draw when they have moved or the chart is another one.
function follow(data) {
  const layer = document.createElementNS(SVG, "svg");
  layer.setAttribute("class", "prompt-links");
  layer.style.cssText = "position:absolute;pointer-events:none;overflow:hidden;z-index:1";
  let drawn = "", waiting = 0;
  const look = () => {
    const plot = document.querySelector(`.st-key-${data.chart} .js-plotly-plot`);
    const room = plot?._fullLayout?.xaxis && plot.querySelector(".svg-container");
    if (room) {
      if (layer.parentNode !== room) room.append(layer);
      const view = JSON.stringify(["xaxis", "yaxis"].map((name) => frame(plot._fullLayout[name])));
      if (view !== drawn) draw(layer, data, ...JSON.parse((drawn = view)));
    }
    waiting = requestAnimationFrame(look);
  };
  look();
  return () => { cancelAnimationFrame(waiting); layer.remove(); };
}

function frame(axis) {
  return { from: axis.range[0], to: axis.range[1], offset: axis._offset, length: axis._length };
}

function draw(layer, { at, ends }, x, y) {
  const across = (value) => ((value - x.from) / (x.to - x.from)) * x.length;
  const down = (value) => (1 - (value - y.from) / (y.to - y.from)) * y.length;
  Object.assign(layer.style, { left: `${x.offset}px`, top: `${y.offset}px`, width: `${x.length}px`, height: `${y.length}px` });
  layer.replaceChildren();
  if (!at) return;
  const [cx, cy] = [across(at[0]), down(at[1])];
  for (const [endX, endY, share] of ends)
    add(layer, "line", { x1: cx, y1: cy, x2: across(endX), y2: down(endY), "stroke-width": 0.5 + 4 * share, opacity: 0.15 + 0.65 * share });
  add(layer, "circle", { cx, cy, r: 11, fill: "none", "stroke-width": 3 });
}

function add(layer, name, attributes) {
  const shape = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries({ stroke: RED, ...attributes })) shape.setAttribute(key, value);
  layer.append(shape);
}
