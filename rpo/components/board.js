// The matrix of one batch with its rows' names and bars: what is drawn in the cells, marked, pointed at.

const RAMP = [[68, 1, 84], [65, 68, 135], [42, 120, 142], [34, 168, 132], [122, 209, 81], [253, 231, 37]]; // viridis
const BALANCE = [[33, 102, 172], [146, 197, 222], [247, 247, 247], [244, 165, 130], [178, 24, 43]]; // blue below 0, red above
const NAMED = 32; // rows up to which each has its name beside it
const PRINTED = 12; // rows and columns up to which a cell prints its number
const CORNER = 12; // px of a cell from which its corner marks a contradicted one; smaller cells are tinted
const SMALL = 300, LARGE = 512; // px of the matrix; the larger one where cells would be smaller than a pixel
const BESIDE = 400; // px for names and bars, where the matrix grows with the window
const FIGURES = 34; // px beside the bars, for each row's figure

const PINK = "#ff0077";

const SHOWS = {
  weight: { title: "weight", value: (b, o, i, j) => o.weights[i * b.columns.length + j] },
  margin: { title: "margin, nats", value: (b, o, i, j) => b.chosen[i] - b.rejected[j], balanced: true },
  loss: { title: "loss", value: loss },
  gradient: { title: "share of the gradient", value: (b, o, i, j) => o.gradient[i * b.columns.length + j] / o.total },
};

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

class Board {
  constructor(root, at, ask) {
    Object.assign(this, { root, at, ask, above: Infinity, pinned: null, over: null, image: document.createElement("canvas") });
    const { matrix } = at;
    matrix.onpointermove = (event) => { this.over = this.cell(event); ask(); };
    matrix.onpointerleave = () => { this.over = null; ask(); };
    matrix.onclick = (event) => { const cell = this.cell(event); this.pinned = same(cell, this.pinned) ? null : cell; ask(); };
    matrix.onkeydown = (event) => this.key(event);
  }

  receive(batch, out) {
    const M = batch.rows.length, N = batch.columns.length;
    Object.assign(this, { batch, out });
    this.pixels = new ImageData(N, M);
    this.values = new Float32Array(M * N);
    [this.image.width, this.image.height] = [N, M];
  }

  draw() {
    this.lay();
    this.paint();
    this.bars();
    if (this.written !== this.nameKey()) this.names();
  }

  // The matrix is as square as its shape lets it, within its room; `above` px of a window are not for it.
  lay() {
    const M = this.batch.rows.length, N = this.batch.columns.length, free = Math.min(LARGE, Math.max(SMALL, window.innerHeight - this.above));
    const most = Math.max(M, N) > SMALL ? LARGE : free;
    const wide = this.at.board.clientWidth, cell = Math.min(most, Math.max(220, Math.min(wide - 240, Math.max(SMALL, wide - BESIDE)))) / Math.max(M, N);
    [this.width, this.height] = [Math.round(cell * N), Math.max(60, Math.round(cell * M))];
    this.fit(this.at.matrix, this.width, this.height);
    this.fit(this.at.bars, Math.max(50, this.at.board.clientWidth - this.at.names.clientWidth - this.width - 20), this.height);
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
  pale(i, j) {
    return this.batch.paired && i === j ? !this.out.ownIn[i] : this.batch.rank[i * this.batch.columns.length + j] >= this.out.counts[i];
  }

  paint() {
    const { batch, out, values } = this, M = batch.rows.length, N = batch.columns.length, show = SHOWS[this.at.shows.value];
    const table = TABLES[show.balanced ? "balanced" : "plain"];
    let most = 0;
    for (let i = 0; i < M; i++) for (let j = 0; j < N; j++) {
      const value = values[i * N + j] = show.value(batch, out, i, j), size = Math.abs(value);
      if (size > most) most = size;
    }
    const cell = this.width / N, tinted = cell < CORNER && batch.against;
    const pixels = new Uint32Array(this.pixels.data.buffer), limited = Number(this.at.mass.value) < 1, columns = Array.from({ length: N }, (_, y) => this.columnAt(y));
    for (let x = 0; x < M; x++) {
      const i = this.rowAt(x), at = i * N;
      for (let y = 0; y < N; y++) {
        const part = most ? values[at + columns[y]] / most : 0;
        let colour = table[Math.round(255 * (show.balanced ? (part + 1) / 2 : Math.sqrt(part)))];
        if (tinted && batch.against[at + columns[y]]) colour = pink(colour);
        pixels[x * N + y] = limited && this.pale(i, columns[y]) ? (colour & 0xffffff) | (70 << 24) : colour;
      }
    }
    this.most = most;
    this.image.getContext("2d").putImageData(this.pixels, 0, 0);
    const pen = this.at.matrix.getContext("2d");
    pen.imageSmoothingEnabled = Math.max(M, N) > this.width;
    pen.clearRect(0, 0, this.width, this.height);
    pen.drawImage(this.image, 0, 0, this.width, this.height);
    if (batch.against && !tinted) this.corners(pen, cell);
    if (Math.max(M, N) <= PRINTED) this.print(pen, show);
    this.legend(show);
    for (const [name, cell] of [["hover", this.over], ["pin", this.pinned]]) this.mark(this.at[name], cell);
  }

  // Contradicted cells: a corner of each.
  corners(pen, cell) {
    const M = this.batch.rows.length, N = this.batch.columns.length, high = this.height / M, long = Math.min(12, cell / 3);
    pen.fillStyle = PINK;
    pen.beginPath();
    for (let x = 0; x < M; x++) for (let y = 0; y < N; y++) {
      if (!this.batch.against[this.rowAt(x) * N + this.columnAt(y)]) continue;
      const [right, top] = [(y + 1) * cell, x * high];
      pen.moveTo(right - long, top); pen.lineTo(right, top); pen.lineTo(right, top + long);
    }
    pen.fill();
  }

  print(pen, show) {
    const { batch } = this, M = batch.rows.length, N = batch.columns.length, w = this.width / N, h = this.height / M;
    const limited = Number(this.at.mass.value) < 1;
    Object.assign(pen, { font: "11px sans-serif", textAlign: "center", textBaseline: "middle" });
    for (let x = 0; x < M; x++) for (let y = 0; y < N; y++) {
      const value = this.values[this.rowAt(x) * N + this.columnAt(y)], part = this.most ? value / this.most : 0;
      if (limited && this.pale(this.rowAt(x), this.columnAt(y))) pen.fillStyle = this.ink; // on nearly the page's own colour
      else pen.fillStyle = (show.balanced ? Math.abs(part) < 0.7 : Math.sqrt(part) > 0.6) ? "#111" : "#fff";
      pen.fillText(short(value), (y + 0.5) * w, (x + 0.5) * h);
    }
  }

  legend(show) {
    const name = show.balanced ? "balanced" : "plain";
    if (this.drawn !== name) {
      const pen = this.at.ramp.getContext("2d"), ramp = new ImageData(96, 10), pixels = new Uint32Array(ramp.data.buffer);
      for (let k = 0; k < pixels.length; k++) pixels[k] = TABLES[name][Math.round(((k % 96) / 95) * 255)];
      pen.putImageData(ramp, 0, 0);
      this.drawn = name;
    }
    this.at.low.textContent = show.balanced ? short(-this.most) : "0";
    this.at.high.textContent = `${short(this.most)} ${show.title}${show.balanced ? "" : " (root scale)"}`;
  }

  bars() {
    const { others } = this.out, M = others.length, most = Math.max(1, this.batch.others), canvas = this.at.bars, pen = canvas.getContext("2d");
    const width = canvas.clientWidth, step = this.height / M, room = width - FIGURES, known = (x) => others[this.rowAt(x)] || 0;
    pen.clearRect(0, 0, width, this.height);
    pen.fillStyle = this.accent;
    for (let x = 0; x < M; x++) pen.fillRect(0, x * step + step * 0.12, Math.max(1, (known(x) / most) * room), Math.max(1, step * 0.76));
    Object.assign(pen, { fillStyle: this.ink, strokeStyle: this.ink, font: "12px sans-serif", textBaseline: "middle", textAlign: "right" });
    if (M <= NAMED) for (let x = 0; x < M; x++) pen.fillText(known(x).toFixed(1), width - 2, (x + 0.5) * step);
    const mean = average(others), at = (mean / most) * room;
    pen.setLineDash([5, 4]); pen.beginPath(); pen.moveTo(at, 0); pen.lineTo(at, this.height); pen.stroke(); pen.setLineDash([]);
    canvas.setAttribute("aria-label", `effective others of each row, ${mean.toFixed(2)} on average, dashed line`);
    this.goal.place(this.batch.others, room, this.height, `effective ${this.batch.paired ? "others" : "contrasts"}`);
  }

  nameKey() { return `${this.batch.key} ${this.at.order.value} ${this.height}`; }

  names() {
    const { batch } = this, M = batch.rows.length, step = this.height / M;
    this.written = this.nameKey();
    this.at.names.replaceChildren(...(M > NAMED ? [] : batch.rows).map((_, x) => {
      const name = document.createElement("span");
      name.textContent = batch.rows[this.rowAt(x)];
      Object.assign(name.style, { top: `${x * step}px`, height: `${step}px`, lineHeight: `${step}px` });
      return name;
    }));
    this.at.title.textContent = `${M} × ${batch.columns.length}`;
    this.at.barred.textContent = `effective ${batch.paired ? "others" : "contrasts"}, each row`;
    this.at.axis.textContent = `Columns: rejected answers, by prompt${batch.paired ? ", in the same order as the rows" : ""}. Dashed: the mean of this batch's rows. Drag the goal, and τ follows until the mean is there.`;
    if (batch.against) this.at.axis.textContent += ` Pink: contradicted by ${batch.scale}.`;
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
}

// Half the colour, half pink: ABGR.
function pink(colour) { return (colour & 0xff000000) | (((colour & 0xfefefe) >>> 1) + 0x3b007f); }

function same(a, b) { return a && b && a[0] === b[0] && a[1] === b[1]; }
