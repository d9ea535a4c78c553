// Hears how the reader zooms a Plotly chart, which is found by its Streamlit key, so that the chart can be drawn anew as it was.

const hearing = new WeakMap(); // what ends the listening for a component's earlier data
const AXIS = /^([xy]axis\d*)\.(range\[(\d)\]|range|autorange)$/;

export default function ({ data, parentElement, setStateValue }) {
  hearing.get(parentElement)?.();
  const ranges = { ...data.ranges };
  let plot = null;
  const heard = (change) => {
    let moved = false;
    for (const [name, value] of Object.entries(change)) {
      const [, axis, what, end] = AXIS.exec(name) ?? [];
      if (!axis) continue;
      moved = true;
      if (what === "autorange") delete ranges[axis];
      else if (what === "range") ranges[axis] = [...value];
      else (ranges[axis] = [...(ranges[axis] ?? plot._fullLayout[axis].range)])[end] = value;
    }
    if (moved) setStateValue("view", { about: data.about, ranges: { ...ranges } });
  };
  const look = () => {
    const found = document.querySelector(`.st-key-${data.chart} .js-plotly-plot`);
    if (!found?.on || found === plot) return;
    plot?.removeListener?.("plotly_relayout", heard);
    plot = found;
    plot.on("plotly_relayout", heard);
  };
  const turn = setInterval(look, 100);
  look();
  const end = () => { clearInterval(turn); plot?.removeListener?.("plotly_relayout", heard); };
  hearing.set(parentElement, end);
  return end;
}
