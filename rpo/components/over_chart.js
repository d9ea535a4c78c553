// A layer over a Plotly chart, kept in place while the reader zooms and pans.
// The chart itself is never touched: it is found by its Streamlit key, and only its axes are read.

const SVG = "http://www.w3.org/2000/svg";
const running = new WeakMap(); // what ends the drawing of a component's earlier data

// Look at the chart's axes before each frame, and draw when they have moved or the chart is another one.
function over(parentElement, chart, name, draw) {
  running.get(parentElement)?.();
  const layer = document.createElementNS(SVG, "svg");
  layer.setAttribute("class", name);
  layer.style.cssText = "position:absolute;pointer-events:none;overflow:hidden;z-index:1";
  let drawn = "", waiting = 0;
  const look = () => {
    const plot = document.querySelector(`.st-key-${chart} .js-plotly-plot`);
    const room = plot?._fullLayout?.xaxis && plot.querySelector(".svg-container");
    if (room) {
      if (layer.parentNode !== room) room.append(layer);
      const view = JSON.stringify(["xaxis", "yaxis"].map((axis) => frame(plot._fullLayout[axis])));
      if (view !== drawn) {
        const [x, y] = JSON.parse((drawn = view));
        Object.assign(layer.style, { left: `${x.offset}px`, top: `${y.offset}px`, width: `${x.length}px`, height: `${y.length}px` });
        layer.replaceChildren();
        draw(layer, (value) => ((value - x.from) / (x.to - x.from)) * x.length, (value) => (1 - (value - y.from) / (y.to - y.from)) * y.length, x.to - x.from);
      }
    }
    waiting = requestAnimationFrame(look);
  };
  look();
  const end = () => { cancelAnimationFrame(waiting); layer.remove(); };
  end.again = () => { drawn = ""; }; // what is drawn depends on more than the axes
  running.set(parentElement, end);
  return end;
}

function frame(axis) {
  return { from: axis.range[0], to: axis.range[1], offset: axis._offset, length: axis._length };
}

function add(layer, name, attributes, text) {
  const shape = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
  if (text !== undefined) shape.textContent = text;
  layer.append(shape);
  return shape;
}
