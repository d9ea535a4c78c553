// One batch at a point of the plane, drawn where the hand is: no message to Python until it is let go. The data come once, as
// bytes: a header (JSON) and the cosines, (M, N) float32. Who shows it, page or notebook, sets `send` and `pick`.

class View {
  constructor(root) {
    this.root = root;
    this.at = Object.fromEntries(["plane", "number", "alpha", "k", "reset", "mode", "meaning", "figures", "shows", "order", "mass", "ramp", "low", "high", "board",
      "names", "cells", "matrix", "hover", "pin", "bars", "barred", "axis", "detail", "title", "refused", "legend-band", "own"].map((name) => [name, root.querySelector(`.${name}`)]));
    [this.turn, this.pinned] = [null, String(null)];
    this.send = this.pick = () => {};
    this.plane = new Plane(this.at.plane, (point) => this.set({ ...this.point, ...point }), () => this.release());
    this.board = new Board(root, this.at, () => this.ask());
    options(this.at.order, { drawn: "as drawn", alike: "by similarity" });
    options(this.at.mass, { 1: "nothing", 0.5: "50 %", 0.8: "80 %", 0.9: "90 %", 0.95: "95 %" });
    const { number, alpha, k, reset, shows, order, mass } = this.at;
    number.onchange = () => this.typed("tau", number.value);
    alpha.onchange = () => this.typed("own_share", alpha.value);
    k.onchange = () => this.typed("likeness", k.value);
    reset.onclick = () => { this.set(this.first); this.release(); };
    for (const choice of [shows, order, mass]) choice.onchange = () => this.ask();
    this.watch = new ResizeObserver(() => this.ask());
    this.watch.observe(root);
  }

  leave() { this.watch.disconnect(); cancelAnimationFrame(this.frame); }

  receive(bytes) {
    const head = header(bytes);
    if (head.key !== this.batch?.key) {
      this.batch = prepare(head, bytes);
      this.out = room(this.batch);
      this.board.receive(this.batch, this.out);
      this.board.pinned = this.board.over = null;
      options(this.at.shows, { weight: "weights", margin: "margins (nats)", loss: "losses", gradient: "shares of the gradient" },
        this.batch.flat ? ["margin", "loss"] : []);
    }
    this.batch.band = head.band;
    this.plane.receive(this.batch);
    this.at.own.hidden = !this.batch.paired;
    this.at["legend-band"].hidden = !head.band;
    if (head.band) this.at["legend-band"].lastChild.textContent = `90 % of the batches, n = ${head.band.batches}`;
    if (head.turn !== this.turn) {
      [this.turn, this.first] = [head.turn, head.point];
      this.follow(head.point);
    }
    this.ask();
  }

  // A point or a pinned cell that comes from Python, which need not be said to it again.
  follow(point) {
    this.set(point);
    this.sent = JSON.stringify(this.point);
  }
  pin(cell) {
    this.board.pinned = cell;
    this.ask();
  }

  set(point) {
    this.point = { ...point, tau: Number(point.tau.toPrecision(4)) };
    this.refuse("");
    this.ask();
  }

  // What is typed sets τ, or a dial, the other of which then stays where the batch is. What no row can have is refused.
  typed(name, text) {
    const [low, high] = name === "likeness" ? [1, Math.max(1, this.batch.others)] : this.batch.ranges[name], value = Number(text);
    const fits = text !== "" && value >= low && value <= high, sign = { tau: "τ", own_share: "α", likeness: "k" }[name];
    if (!fits) this.refuse(`${sign} must be a number from ${low} to ${high}, got ${text || "none"}; it stays at ${this.shown()[name]}.`);
    else if (name === "tau") this.set({ ...this.point, weighting: "contrast", tau: value });
    else {
      const here = this.point.weighting === "dials" ? this.point : { own_share: Number(rounded(this.reading.own ?? 0.5, 3)), likeness: Number(rounded(this.reading.others, 2)) };
      const next = { ...here, [name]: value };
      this.set({ ...this.point, ...dials(next.own_share, next.likeness >= this.batch.others ? 0 : next.likeness) });
    }
    this.ask();
    this.release();
  }

  refuse(words) { Object.assign(this.at.refused, { textContent: words, hidden: !words }); }

  release() {
    clearTimeout(this.later);
    this.later = setTimeout(() => { const now = JSON.stringify(this.point); if (now !== this.sent) { this.sent = now; this.send(this.point); } }, 30);
  }

  ask() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    if (!this.batch) return;
    const began = performance.now(), { batch, out, point } = this, style = getComputedStyle(this.root);
    const ink = style.color, accent = style.getPropertyValue("--st-primary-color") || "#6366f1";
    weigh(batch, point, Number(this.at.mass.value) - 1e-6, out);
    this.reading = { own: batch.paired ? average(out.own) : null, others: average(out.others), near: average(out.near) };
    Object.assign(this.board, { ink, accent });
    this.plane.paper = style.getPropertyValue("--st-background-color") || "#fff";
    this.plane.size(Math.min(400, this.at.plane.parentElement.clientWidth), batch.paired ? 300 : 170);
    this.board.draw();
    if (String(this.board.pinned) !== this.pinned) { this.pinned = String(this.board.pinned); this.pick(this.board.pinned); }
    this.plane.draw(point, this.reading, ink, accent);
    this.fields();
    this.figures();
    this.tell();
    Object.assign(this.root.dataset, { frame: (performance.now() - began).toFixed(2), mode: point.weighting, tau: point.tau, own: point.own_share,
      likeness: point.likeness, rows: batch.rows.length, point: JSON.stringify(point) });
  }

  // The numbers of the point: those that it sets, and for the others what they come to.
  shown() {
    const { point, reading, batch } = this, set = point.weighting === "dials";
    return { tau: set ? "" : point.tau, own_share: set ? point.own_share : rounded(reading.own ?? 0, 3),
      likeness: set ? Math.min(point.likeness || batch.others, batch.others) : rounded(reading.others, 2) };
  }

  fields() {
    const { point, batch, reading } = this, set = point.weighting === "dials", now = this.shown();
    for (const [field, value] of [[this.at.number, now.tau], [this.at.alpha, now.own_share], [this.at.k, now.likeness]])
      if (this.root.getRootNode().activeElement !== field || field.dataset.last !== String(point.weighting) + value) { field.value = value; field.dataset.last = String(point.weighting) + value; }
    for (const field of [this.at.alpha, this.at.k]) field.classList.toggle("follows", !set);
    this.at.k.max = batch.others;
    const own = batch.paired ? `own share ${now.own_share}, ` : "";
    this.at.mode.textContent = set ? `Two dials: ${own}likeness ${now.likeness} of ${batch.others}` : `One softmax, as in the paper: τ = ${point.tau}`;
    const missed = this.out.missed ? ` Rows in which duplicates tie for the nearest, and share alike: ${this.out.missed} of ${batch.rows.length}.` : "";
    const random = this.random(), compared = !random.others || set ? "" : ` Random vectors give ${batch.paired ? `${rounded(random.own, 2)} / ` : ""}${rounded(random.others, 1)}.`;
    const said = sentence(batch.words, reading.own, reading.others, batch.others);
    this.at.meaning.textContent = said + compared + missed;
    const plane = this.at.plane, value = batch.paired ? reading.own : reading.others;
    plane.setAttribute("aria-valuenow", Number.isFinite(value) ? value.toFixed(3) : 0);
    plane.setAttribute("aria-valuemax", batch.paired ? 1 : batch.others);
    plane.setAttribute("aria-valuetext", `${this.at.mode.textContent}. ${said}`);
  }

  // What random vectors give at this point: a matrix that reads the same does not know which prompts are alike.
  random() {
    const { point, batch } = this, { taus, own, others, cosine, ks, near } = batch.random, k = point.likeness || batch.others;
    if (!taus.length) return {};
    if (point.weighting === "dials") return { own: point.own_share, others: k, near: between(ks, near, k) };
    const at = (values) => between(taus, values, point.tau);
    return { own: batch.paired ? at(own) : null, others: at(others), near: at(cosine) };
  }

  figures() {
    const { batch, out, reading } = this, mass = Number(this.at.mass.value), random = this.random();
    let low = Infinity, high = 0;
    for (const sum of out.columns) { if (sum < low) low = sum; if (sum > high) high = sum; }
    const beside = (value, digits, unit = "") => (Number.isFinite(value) ? `random ${rounded(value, digits)}${unit}` : ""), known = (value, digits) => (Number.isFinite(value) ? rounded(value, digits) : "–");
    const shown = [[batch.paired ? "Effective others" : "Effective contrasts", known(reading.others, 2), `of ${batch.others}, ${beside(random.others, 2)}`, batch.help[batch.paired ? "others" : "contrasts"]],
      ["Their mean cosine", known(reading.near, 3), beside(random.near, 3), batch.help.near]];
    if (batch.against) shown.push(["Contradicted", `${known(100 * out.against, 0)} %`, "of their weight", batch.help.against]);
    if (batch.paired) shown.unshift(["Own share", `${rounded(100 * reading.own, 0)} %`, beside(100 * random.own, 0, " %"), batch.help.own]);
    if (!batch.flat) shown.push(["Saturation", `${rounded(100 * out.spent, 0)} %`, "", batch.help.spent]);
    shown.push(["Column sums", `${short(low)} – ${short(high)}`, "", batch.help.columns]);
    if (mass < 1) shown.push([`${100 * mass} % of a row in`, (average(out.counts) + average(out.ownIn)).toFixed(1), "answers", batch.help.mass]);
    const key = shown.map((one) => one[0]).join();
    if (key !== this.cards) this.card(shown, key);
    shown.forEach(([, value, small], place) => {
      const [big, little] = this.at.figures.children[place].lastChild.childNodes;
      big.nodeValue = `${value} `; little.textContent = small;
    });
    this.at.matrix.setAttribute("aria-label", `${SHOWS[this.at.shows.value].title} of chosen by rejected answers, ${batch.rows.length} × ${batch.columns.length}, ${this.at.mode.textContent}; arrow keys move the pinned cell, Escape lets it go`);
  }

  card(shown, key) {
    this.cards = key;
    this.at.figures.replaceChildren(...shown.map(([name, , , help]) => {
      const card = Object.assign(document.createElement("div"), { title: help }), value = document.createElement("dd");
      value.append(" ", document.createElement("small"));
      card.append(Object.assign(document.createElement("dt"), { textContent: name }), value);
      return card;
    }));
  }

  tell() {
    const { batch, out, board } = this, cell = board.over ?? board.pinned;
    const key = cell ? `${batch.key} ${cell} ${JSON.stringify(this.point)}` : "none";
    if (key === this.last) return;
    this.last = key;
    this.at.detail.replaceChildren();
    if (!cell) { this.at.detail.append(part("", "Point at a cell to read both answers; click to pin it. Arrow keys move the pin.")); return; }
    const [i, j] = cell, N = batch.columns.length, own = batch.paired && i === j;
    this.at.detail.append(part("chosen answer", batch.liked[i] ?? "", batch.rows[i]), part(own ? "rejected answer, to the same prompt" : "rejected answer", batch.disliked[j] ?? "", batch.columns[j]));
    const lines = [["cosine", batch.cosines[i * N + j].toFixed(3)], ["weight", out.weights[i * N + j].toFixed(4)],
      ["margin, nats", short(batch.chosen[i] - batch.rejected[j])], ["loss", loss(batch, out, i, j).toFixed(4)],
      ["of the gradient", `${((100 * out.gradient[i * N + j]) / out.total).toFixed(2)} %`]];
    if (batch.against) lines.push(scored(batch, i, j));
    const table = document.createElement("table");
    for (const line of lines) table.insertRow().append(...line.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
    this.at.detail.append(table);
  }
}

function scored({ scores: [chosen, rejected], against, columns }, i, j) {
  const known = (score) => (score === null ? "none" : Number(score.toPrecision(4)));
  return ["scores", `${known(chosen[i])} and ${known(rejected[j])}${against[i * columns.length + j] ? ": contradicted" : ""}`];
}

function part(title, text, prompt = "") {
  const box = document.createElement("div");
  if (title) box.append(Object.assign(document.createElement("h4"), { textContent: title }));
  box.append(Object.assign(document.createElement("p"), { textContent: text }));
  if (prompt) box.append(Object.assign(document.createElement("small"), { textContent: `to: ${prompt}` }));
  return box;
}

function options(select, names, without = []) {
  const before = select.value;
  select.replaceChildren(...Object.entries(names).map(([value, text]) => Object.assign(document.createElement("option"),
    { value, textContent: text, disabled: without.includes(value) })));
  const kept = before && !without.includes(before) && before in names ? before : Object.keys(names)[0];
  select.value = names[1] && !before ? "1" : kept;
}
