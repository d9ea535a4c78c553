// The prompt under the pointer with its answers, in full sentences: each text is fetched once, when a reader rests on its point.
// Runs after over_chart.js.

const REST = 90; // milliseconds on a point before its text is asked for
const AWAY = 18; // pixels from the pointer
const known = new Map(); // by address
const LINES = "display:-webkit-box;-webkit-box-orient:vertical;overflow:hidden;unicode-bidi:plaintext;text-align:start;white-space:pre-wrap;overflow-wrap:anywhere;";

export default function ({ data, parentElement }) {
  const theme = getComputedStyle(parentElement.host ?? parentElement), colour = (name) => theme.getPropertyValue(`--st-${name}-color`);
  const card = document.createElement("div");
  card.className = "hover-text";
  card.style.cssText = `position:fixed;display:none;z-index:1000;pointer-events:none;width:min(27rem,80vw);padding:.6rem .8rem;border-radius:.5rem;box-shadow:0 4px 18px #0003;font:14px/1.4 ${theme.getPropertyValue("--st-font")};border:1px solid ${colour("border")};background:${colour("background")};color:${colour("text")}`;
  document.body.append(card);
  let waiting = 0, wanted = "";
  const hide = () => { clearTimeout(waiting); wanted = ""; card.style.display = "none"; };
  const show = ({ points, event }) => {
    const [point] = points, address = `${data.address}/${point?.customdata}?${data.query}`;
    hide();
    if (point?.customdata === undefined) return;
    wanted = address;
    const seen = () => { if (wanted === address) place(card, known.get(address), event); };
    if (known.has(address)) seen();
    else waiting = setTimeout(() => fetch(address).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status))).then((texts) => { known.set(address, texts); seen(); }, () => {}), REST);
  };
  let plot = null;
  const end = over(parentElement, data.chart, "hover-layer", (layer) => {
    const found = layer.closest(".js-plotly-plot");
    if (found === plot) return;
    plot = found;
    plot.on("plotly_hover", show);
    plot.on("plotly_unhover", hide);
  });
  return () => {
    end();
    hide();
    card.remove();
    plot?.removeListener("plotly_hover", show);
    plot?.removeListener("plotly_unhover", hide);
  };
}

function place(card, texts, event) {
  card.replaceChildren(...texts.map(([title, text], place) => {
    const part = document.createElement("div"), name = document.createElement("div"), said = document.createElement("div");
    name.textContent = title;
    name.style.cssText = "opacity:.65;font-size:12px" + (place ? ";margin-top:.4rem" : "");
    said.textContent = text;
    said.style.cssText = LINES + `-webkit-line-clamp:${place ? 4 : 5}` + (place ? "" : ";font-weight:600");
    part.append(name, said);
    return part;
  }));
  card.style.display = "block";
  const { width, height } = card.getBoundingClientRect();
  const right = event.clientX + AWAY + width < innerWidth, below = event.clientY + AWAY + height < innerHeight;
  card.style.left = `${Math.max(0, right ? event.clientX + AWAY : event.clientX - AWAY - width)}px`;
  card.style.top = `${Math.max(0, below ? event.clientY + AWAY : event.clientY - AWAY - height)}px`;
}
