// One batch under a temperature, drawn where the pointer is: no message to the server until the slider is let go.
// The data come once, as bytes: a header (JSON) and the distances 1 - cos, (M, N) float32. The maths is that of
// rpo.contrast (arXiv 2402.10958); tests hold both to the same figures.

const RAMP = [[68, 1, 84], [65, 68, 135], [42, 120, 142], [34, 168, 132], [122, 209, 81], [253, 231, 37]]; // viridis
const BALANCE = [[33, 102, 172], [146, 197, 222], [247, 247, 247], [244, 165, 130], [178, 24, 43]]; // blue below 0, red above
const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const NAMED = 32; // rows up to which each has its name beside it
const PRINTED = 12; // rows and columns up to which a cell prints its number
const views = new WeakMap();

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".tau");
  const view = views.get(root) ?? new View(root);
  views.set(root, view);
  view.send = (tau) => setStateValue("tau", tau);
  view.receive(data);
  return () => view.leave();
}

function header(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return Object.assign(JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))), { start: 4 + length });
}

// What does not depend on tau: each row's nearest distance, and each cell's rank in its row.
function prepare(batch, bytes) {
  const M = batch.rows.length, N = batch.columns.length;
  const D = batch.distances = new Float32Array(bytes.slice(batch.start).buffer);
  batch.nearest = new Float32Array(M);
  batch.ranked = new Uint16Array(M * N);
  batch.rank = new Uint16Array(M * N);
  for (let i = 0; i < M; i++) {
    const row = D.subarray(i * N, i * N + N);
    const order = Array.from(row.keys()).sort((a, b) => row[a] - row[b]);
    batch.nearest[i] = row[order[0]];
    order.forEach((j, place) => { batch.ranked[i * N + place] = j; batch.rank[i * N + j] = place; });
  }
  batch.flat = batch.chosen.every((c) => c === 0) && batch.rejected.every((r) => r === 0);
  return batch;
}

// Weights, effective contrasts, gradient of one batch at one tau.
function weigh(batch, tau, mass, out) {
  const M = batch.rows.length, N = batch.columns.length, D = batch.distances, W = out.weights;
  out.columns.fill(0);
  for (let i = 0; i < M; i++) {
    const at = i * N, near = batch.nearest[i];
    let sum = 0, far = 0;
    for (let j = 0; j < N; j++) {
      const d = (D[at + j] - near) / tau, w = Math.exp(-d);
      W[at + j] = w; sum += w; far += w * d;
    }
    for (let j = 0; j < N; j++) out.columns[j] += W[at + j] /= sum;
    out.rivals[i] = Math.exp(Math.log(sum) + far / sum);
    let held = 0, count = 0;
    while (count < N && held < mass) held += W[at + batch.ranked[at + count++]];
    out.counts[i] = count;
  }
  pull(batch, out);
}

// Each cell's part of the gradient, its length against DPO's, and how much of the first gradient is spent.
function pull(batch, out) {
  const M = batch.rows.length, N = batch.columns.length, W = out.weights, beta = batch.beta, inside = batch.form === "inside";
  const down = new Float64Array(N);
  let total = 0, start = 0, across = 0, dpo = 0;
  for (let i = 0; i < M; i++) {
    let row = 0;
    for (let j = 0; j < N; j++) {
      const w = W[i * N + j], z = batch.flat ? 0 : (batch.chosen[i] - batch.rejected[j]) * (inside ? beta * w : beta);
      const g = batch.flat ? w * 0.5 : w / (1 + Math.exp(z));
      out.gradient[i * N + j] = g; row += g; down[j] += g; start += w * 0.5;
    }
    total += row; across += row * row;
    if (batch.paired) dpo += 2 / (1 + Math.exp(beta * (batch.chosen[i] - batch.rejected[i]))) ** 2;
  }
  for (const g of down) across += g * g;
  out.spent = 1 - total / start;
  out.scale = Math.sqrt(across / dpo) / (inside ? N : 1);
  out.total = total;
}

function softplus(x) { return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)); }

const SHOWS = {
  weight: { title: "weight", value: (b, o, i, j) => o.weights[i * b.columns.length + j] },
  margin: { title: "margin, nats", value: (b, o, i, j) => b.chosen[i] - b.rejected[j], balanced: true },
  loss: { title: "loss", value: loss },
  gradient: { title: "share of the gradient", value: (b, o, i, j) => o.gradient[i * b.columns.length + j] / o.total },
};

function loss(b, o, i, j) {
  const w = o.weights[i * b.columns.length + j], d = b.beta * (b.chosen[i] - b.rejected[j]);
  return b.form === "inside" ? softplus(-w * d) : w * softplus(-d) * b.columns.length;
}

function palette(stops) {
  const table = new Uint32Array(256);
  for (let k = 0; k < 256; k++) {
    const x = (k / 255) * (stops.length - 1), n = Math.min(Math.floor(x), stops.length - 2), t = x - n;
    const [r, g, b] = stops[n].map((v, c) => Math.round(v + t * (stops[n + 1][c] - v)));
    table[k] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return table;
}
const TABLES = { plain: palette(RAMP), balanced: palette(BALANCE) };

class View {
  constructor(root) {
    this.root = root;
    this.at = Object.fromEntries(["slider", "number", "reset", "scale", "figures", "shows", "order", "mass", "ramp", "low", "high",
      "names", "cells", "matrix", "hover", "pin", "bars", "axis", "told", "title", "refused"].map((name) => [name, root.querySelector(`.${name}`)]));
    this.turn = null; this.pinned = null; this.over = null; this.image = document.createElement("canvas");
    options(this.at.order, { drawn: "as drawn", alike: "by similarity" });
    options(this.at.mass, { 1: "nothing", 0.5: "50 %", 0.8: "80 %", 0.9: "90 %", 0.95: "95 %" });
    this.listen();
    this.watch = new ResizeObserver(() => this.ask());
    this.watch.observe(root);
  }

  listen() {
    const { slider, number, reset, shows, order, mass, matrix } = this.at;
    slider.oninput = () => { this.busy = true; this.set(10 ** Number(slider.value), slider); };
    slider.onchange = () => { this.busy = false; this.release(); };
    number.onchange = () => this.typed(number.value);
    reset.onclick = () => { this.set(this.first); this.release(); };
    for (const choice of [shows, order, mass]) choice.onchange = () => this.ask();
    matrix.onpointermove = (event) => { this.over = this.cell(event); this.ask(); };
    matrix.onpointerleave = () => { this.over = null; this.ask(); };
    matrix.onclick = (event) => { const cell = this.cell(event); this.pinned = same(cell, this.pinned) ? null : cell; this.ask(); };
    matrix.onkeydown = (event) => this.key(event);
  }

  // The slider shows a window of the range; what lies beside it can be typed. What lies outside of the range is refused.
  typed(text) {
    const [low, high] = this.batch.range, value = Number(text), fits = text !== "" && value >= low && value <= high;
    this.set(fits ? value : this.tau);
    if (!fits) this.refuse(`τ must be a number from ${low} to ${high}, got ${text || "none"}; it stays at ${this.tau}.`);
    this.release();
  }

  refuse(words) { Object.assign(this.at.refused, { textContent: words, hidden: !words }); }

  scale([low, high], [least, most]) {
    const ticks = TICKS.filter((t) => t >= low && t <= high), part = (t) => (100 * Math.log10(t / low)) / Math.log10(high / low);
    Object.assign(this.at.slider, { min: Math.log10(low), max: Math.log10(high) });
    Object.assign(this.at.number, { min: least, max: most });
    this.at.scale.innerHTML = ticks.map((t) => `<span style="left:${part(t)}%">${t}</span>`).join("");
    this.root.querySelector("datalist").innerHTML = ticks.map((t) => `<option value="${Math.log10(t)}"></option>`).join("");
  }

  leave() { this.watch.disconnect(); cancelAnimationFrame(this.frame); clearTimeout(this.later); views.delete(this.root); }

  // A new key means a new batch; a new turn means that the page has set tau itself.
  receive(bytes) {
    const head = header(bytes);
    if (head.key !== this.batch?.key) {
      const batch = prepare(head, bytes), M = batch.rows.length, N = batch.columns.length;
      [this.batch, this.pinned, this.over] = [batch, null, null];
      this.scale(batch.window, batch.range);
      this.out = { weights: new Float32Array(M * N), gradient: new Float32Array(M * N), rivals: new Float32Array(M),
        columns: new Float64Array(N), counts: new Uint16Array(M) };
      this.pixels = new ImageData(N, M);
      [this.image.width, this.image.height] = [N, M];
      options(this.at.shows, { weight: "weights", margin: "margins (nats)", loss: "losses", gradient: "shares of the gradient" },
        batch.flat ? ["margin", "loss"] : []);
    }
    if (head.turn !== this.turn) {
      [this.turn, this.first] = [head.turn, head.tau];
      this.set(head.tau);
      this.sent = this.tau;
    }
    this.ask();
  }

  set(tau, from) {
    this.tau = Number(tau.toPrecision(4));
    this.refuse("");
    if (from !== this.at.slider) this.at.slider.value = Math.log10(this.tau);
    if (from !== this.at.number) this.at.number.value = this.tau;
    this.at.slider.setAttribute("aria-valuetext", `tau ${this.tau}`);
    this.ask();
  }

  release() {
    clearTimeout(this.later);
    this.later = setTimeout(() => { if (this.tau !== this.sent) { this.sent = this.tau; this.send(this.tau); } }, 30);
  }

  ask() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    if (!this.batch) return;
    const began = performance.now();
    weigh(this.batch, this.tau, Number(this.at.mass.value) - 1e-6, this.out);
    const many = this.batch.rows.length;
    this.lay();
    this.paint();
    this.bars();
    this.figures();
    this.tell();
    if (this.named !== this.nameKey()) this.names();
    Object.assign(this.root.dataset, { frame: (performance.now() - began).toFixed(2), tau: this.tau, rows: many });
  }

  // Sizes of the board: the matrix is as square as its shape lets it, within its room.
  lay() {
    const M = this.batch.rows.length, N = this.batch.columns.length, most = Math.max(M, N) > 256 ? 512 : 440;
    const room = Math.min(most, Math.max(240, this.root.clientWidth - 300));
    const cell = room / Math.max(M, N);
    [this.width, this.height] = [Math.round(cell * N), Math.max(60, Math.round(cell * M))];
    this.fit(this.at.matrix, this.width, this.height);
    this.fit(this.at.bars, Math.max(60, this.at.bars.parentElement.clientWidth - this.at.names.clientWidth - this.width - 20), this.height);
    this.at.names.style.height = `${this.height}px`;
  }

  fit(canvas, width, height) {
    const dense = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
      [canvas.width, canvas.height] = [Math.round(width * dense), Math.round(height * dense)];
      Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    }
    canvas.getContext("2d").setTransform(dense, 0, 0, dense, 0, 0);
  }

  rowAt(place) { return this.at.order.value === "alike" ? this.batch.rowOrder[place] : place; }
  columnAt(place) { return this.at.order.value === "alike" ? this.batch.columnOrder[place] : place; }

  paint() {
    const { batch, out } = this, M = batch.rows.length, N = batch.columns.length, show = SHOWS[this.at.shows.value];
    const values = new Float32Array(M * N), table = TABLES[show.balanced ? "balanced" : "plain"];
    let most = 0;
    for (let i = 0; i < M; i++) for (let j = 0; j < N; j++) {
      const value = values[i * N + j] = show.value(batch, out, i, j), size = Math.abs(value);
      if (size > most) most = size;
    }
    const pixels = new Uint32Array(this.pixels.data.buffer), limited = Number(this.at.mass.value) < 1, columns = Array.from({ length: N }, (_, y) => this.columnAt(y));
    for (let x = 0; x < M; x++) {
      const i = this.rowAt(x), at = i * N;
      for (let y = 0; y < N; y++) {
        const cell = at + columns[y], part = most ? values[cell] / most : 0;
        const colour = table[Math.round(255 * (show.balanced ? (part + 1) / 2 : Math.sqrt(part)))];
        pixels[x * N + y] = limited && batch.rank[cell] >= out.counts[i] ? (colour & 0xffffff) | (70 << 24) : colour;
      }
    }
    this.most = most;
    this.image.getContext("2d").putImageData(this.pixels, 0, 0);
    const pen = this.at.matrix.getContext("2d");
    pen.imageSmoothingEnabled = Math.max(M, N) > this.width;
    pen.clearRect(0, 0, this.width, this.height);
    pen.drawImage(this.image, 0, 0, this.width, this.height);
    if (Math.max(M, N) <= PRINTED) this.print(pen, values, show);
    this.legend(show);
    for (const [name, cell] of [["hover", this.over], ["pin", this.pinned]]) this.mark(this.at[name], cell);
  }

  print(pen, values, show) {
    const { batch } = this, M = batch.rows.length, N = batch.columns.length, w = this.width / N, h = this.height / M;
    Object.assign(pen, { font: "12px sans-serif", textAlign: "center", textBaseline: "middle" });
    for (let x = 0; x < M; x++) for (let y = 0; y < N; y++) {
      const value = values[this.rowAt(x) * N + this.columnAt(y)], part = this.most ? value / this.most : 0;
      pen.fillStyle = (show.balanced ? Math.abs(part) < 0.7 : Math.sqrt(part) > 0.6) ? "#111" : "#fff";
      pen.fillText(short(value), (y + 0.5) * w, (x + 0.5) * h);
    }
  }

  legend(show) {
    const table = TABLES[show.balanced ? "balanced" : "plain"], pen = this.at.ramp.getContext("2d"), ramp = new ImageData(96, 10);
    const pixels = new Uint32Array(ramp.data.buffer);
    for (let k = 0; k < pixels.length; k++) pixels[k] = table[Math.round(((k % 96) / 95) * 255)];
    pen.putImageData(ramp, 0, 0);
    this.at.low.textContent = show.balanced ? short(-this.most) : "0";
    this.at.high.textContent = `${short(this.most)} ${show.title}${show.balanced ? "" : " (root scale)"}`;
  }

  bars() {
    const { rivals } = this.out, M = rivals.length, N = this.batch.columns.length, canvas = this.at.bars, pen = canvas.getContext("2d");
    const width = canvas.clientWidth, step = this.height / M, style = getComputedStyle(this.root);
    const text = style.color, accent = style.getPropertyValue("--st-primary-color") || "#6366f1";
    pen.clearRect(0, 0, width, this.height);
    pen.fillStyle = accent;
    let sum = 0;
    for (let x = 0; x < M; x++) {
      const value = rivals[this.rowAt(x)];
      sum += value;
      pen.fillRect(0, x * step + step * 0.12, Math.max(1, (value / N) * (width - 34)), Math.max(1, step * 0.76));
    }
    this.mean = sum / M;
    Object.assign(pen, { fillStyle: text, strokeStyle: text, font: "12px sans-serif", textBaseline: "middle" });
    if (M <= NAMED) for (let x = 0; x < M; x++) {
      const value = rivals[this.rowAt(x)];
      pen.fillText(value.toFixed(1), (value / N) * (width - 34) + 5, (x + 0.5) * step);
    }
    const at = (this.mean / N) * (width - 34);
    pen.setLineDash([5, 4]); pen.beginPath(); pen.moveTo(at, 0); pen.lineTo(at, this.height); pen.stroke(); pen.setLineDash([]);
    canvas.setAttribute("aria-label", `effective contrasts of each row, ${this.mean.toFixed(2)} on average, dashed line`);
  }

  figures() {
    const { batch, out } = this, N = batch.columns.length, mass = Number(this.at.mass.value), many = average(out.counts);
    let low = Infinity, high = 0, own = 0;
    for (const sum of out.columns) { if (sum < low) low = sum; if (sum > high) high = sum; }
    if (batch.paired) for (let i = 0; i < N; i++) own += out.weights[i * N + i] / N;
    const shown = [["Effective contrasts", `${this.mean.toFixed(2)} <small>of ${N}</small>`, `${batch.words.rivals} Mean over rows.`]];
    if (batch.paired) shown.push(["Diagonal share", `${(100 * own).toFixed(0)} %`, `${batch.words.own} Mean over rows.`],
      ["Gradient against DPO", `× ${out.scale.toPrecision(3)}`, "length of the gradient in the log-ratios; Adam hides this factor, clipping does not"]);
    if (!batch.flat) shown.push(["Saturation", `${(100 * out.spent).toFixed(0)} %`, "how much of the untrained gradient the log-sigmoid has used up; below 0 where margins are on the wrong side"]);
    shown.push(["Column sums", `${short(low)} – ${short(high)}`, "total weight a rejected answer receives; rows sum to 1, columns do not"]);
    if (mass < 1) shown.push([`${100 * mass} % of a row in`, `${many.toFixed(1)} <small>answers</small>`, "so many of the largest weights, mean over rows; the others are pale"]);
    this.at.figures.innerHTML = shown.map(([name, value, help]) => `<div title="${help}"><dt>${name}</dt><dd>${value}</dd></div>`).join("");
    const what = SHOWS[this.at.shows.value].title;
    this.at.matrix.setAttribute("aria-label", `${what} of ${batch.rows.length} chosen by ${N} rejected answers at tau ${this.tau}; arrow keys move the pinned cell, Escape lets it go`);
  }

  nameKey() { return `${this.batch.key} ${this.at.order.value} ${this.height}`; }

  names() {
    const { batch } = this, M = batch.rows.length, step = this.height / M;
    this.named = this.nameKey();
    this.at.names.replaceChildren(...(M > NAMED ? [] : batch.rows).map((_, x) => {
      const name = document.createElement("span");
      name.textContent = batch.rows[this.rowAt(x)];
      Object.assign(name.style, { top: `${x * step}px`, height: `${step}px`, lineHeight: `${step}px` });
      return name;
    }));
    this.at.title.textContent = `${M} × ${batch.columns.length}`;
    this.at.axis.textContent = batch.paired ? "Columns: rejected answers, by prompt, in the same order as the rows." : "Columns: rejected answers, by prompt.";
  }

  cell(event) {
    const M = this.batch.rows.length, N = this.batch.columns.length;
    const x = Math.floor((event.offsetY / this.height) * M), y = Math.floor((event.offsetX / this.width) * N);
    return x < 0 || y < 0 || x >= M || y >= N ? null : [this.rowAt(x), this.columnAt(y)];
  }

  key(event) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (event.key === "Escape") this.pinned = null;
    else if (step) {
      const M = this.batch.rows.length, N = this.batch.columns.length, [x, y] = this.pinned ? this.placeOf(this.pinned) : [0, -step[1]];
      const [r, c] = [Math.min(M - 1, Math.max(0, x + step[0])), Math.min(N - 1, Math.max(0, y + step[1]))];
      this.pinned = [this.rowAt(r), this.columnAt(c)];
    } else return;
    event.preventDefault();
    this.ask();
  }

  placeOf([i, j]) {
    const alike = this.at.order.value === "alike";
    return alike ? [this.batch.rowOrder.indexOf(i), this.batch.columnOrder.indexOf(j)] : [i, j];
  }

  mark(frame, cell) {
    frame.style.display = cell ? "block" : "none";
    if (!cell) return;
    const [x, y] = this.placeOf(cell), w = this.width / this.batch.columns.length, h = this.height / this.batch.rows.length;
    Object.assign(frame.style, { left: `${y * w}px`, top: `${x * h}px`, width: `${Math.max(3, w)}px`, height: `${Math.max(3, h)}px` });
  }

  tell() {
    const cell = this.over ?? this.pinned, { batch, out } = this;
    const key = cell ? `${batch.key} ${cell} ${this.tau} ${batch.chosen[cell[0]]}` : "";
    if (key === this.last) return;
    this.last = key;
    this.at.told.replaceChildren();
    if (!cell) { this.at.told.append(part("", "Point at a cell to read both prompts; click to pin it. Arrow keys move the pin.")); return; }
    const [i, j] = cell, N = batch.columns.length, own = batch.paired && i === j;
    this.at.told.append(part("chosen answer's prompt", batch.rows[i]), part(own ? "rejected answer's prompt: the same" : "rejected answer's prompt", batch.columns[j]));
    const lines = [["cosine", (1 - batch.distances[i * N + j]).toFixed(3)], ["weight", out.weights[i * N + j].toFixed(4)],
      ["margin, nats", short(batch.chosen[i] - batch.rejected[j])], ["loss", loss(batch, out, i, j).toFixed(4)],
      ["of the gradient", `${((100 * out.gradient[i * N + j]) / out.total).toFixed(2)} %`]];
    const table = document.createElement("table");
    for (const line of lines) table.insertRow().append(...line.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
    this.at.told.append(table);
  }
}

function part(title, text) {
  const box = document.createElement("div");
  if (title) box.append(Object.assign(document.createElement("h4"), { textContent: title }));
  box.append(Object.assign(document.createElement("p"), { textContent: text }));
  return box;
}

function options(select, names, without = []) {
  const before = select.value;
  select.replaceChildren(...Object.entries(names).map(([value, text]) => Object.assign(document.createElement("option"),
    { value, textContent: text, disabled: without.includes(value) })));
  const kept = before && !without.includes(before) && before in names ? before : Object.keys(names)[0];
  select.value = names[1] && !before ? "1" : kept;
}

function same(a, b) { return a && b && a[0] === b[0] && a[1] === b[1]; }
function average(values) { let sum = 0; for (const value of values) sum += value; return sum / values.length; }
function short(value) {
  const size = Math.abs(value);
  return size === 0 ? "0" : size < 0.001 ? value.toExponential(0) : size < 1 ? value.toFixed(size < 0.01 ? 3 : 2) : value.toFixed(size < 10 ? 2 : 1);
}
