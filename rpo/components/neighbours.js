// The picked prompt over a Plotly chart: a ring, its links, and the temperature that swells and thins them. Runs after over_chart.js.

const RED = "#ef4444";
const FINE = 100; // steps of the slider in a factor of ten

export default function ({ data, parentElement, setStateValue }) {
  let tau = data.tau;
  const end = over(parentElement, data.chart, "prompt-links", (layer, across, down) => {
    if (!data.at) return;
    const [cx, cy] = [across(data.at[0]), down(data.at[1])];
    const shares = relative(data.ends.map((one) => one[2]), tau);
    data.ends.forEach(([x, y], place) =>
      add(layer, "line", { stroke: RED, x1: cx, y1: cy, x2: across(x), y2: down(y), "stroke-width": 0.5 + 5.5 * shares[place], opacity: 0.15 + 0.65 * shares[place] }));
    add(layer, "circle", { stroke: RED, cx, cy, r: 11, fill: "none", "stroke-width": 3 });
  });
  const slide = parentElement.querySelector("input");
  if (!slide) return end;
  const said = parentElement.querySelector("output"), [least, most] = data.range.map((one) => Math.round(FINE * Math.log10(one)));
  Object.assign(slide, { min: least, max: most, step: 1, value: FINE * Math.log10(tau) });
  const say = () => { said.textContent = slide.ariaValueText = readable(tau); };
  slide.oninput = () => { tau = Number(readable(10 ** (slide.value / FINE))); say(); end.again(); };
  slide.onchange = () => setStateValue("tau", tau);
  say();
  return end;
}

// Weights exp(-(1 - cos) / tau) as shares of the largest: the prompt's own pair and the sum cancel.
function relative(cosines, tau) {
  const most = Math.max(...cosines);
  return cosines.map((cosine) => Math.exp((cosine - most) / tau));
}

function readable(tau) {
  return String(Number(tau.toPrecision(2)));
}
