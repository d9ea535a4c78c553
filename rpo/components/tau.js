// One batch at a point of the plane, drawn where the hand is: no message to Python until it is let go. The data come once, as
// bytes: a header (JSON) and the cosines, (M, N) float32. Who shows it, page or notebook, sets `send` and `pick`.

const NOTCHES = 200; // of the slider, over the logarithm of its window
const MASSES = { 1: "nothing", 0.5: "50 %", 0.8: "80 %", 0.9: "90 %", 0.95: "95 %" };

class View {
  constructor(root) {
    this.root = root;
    this.at = Object.fromEntries(["plane", "slider", "number", "alpha", "k", "reset", "mode", "meaning", "figures", "shows", "order", "mass", "ramp", "low", "high", "board",
      "names", "cells", "matrix", "hover", "pin", "aim", "bars", "barred", "goal", "axis", "sums", "detail", "title", "refused", "legend-band", "own"].map((name) => [name, root.querySelector(`.${name}`)]));
    [this.turn, this.pinned] = [null, String(null)];
    this.send = this.pick = this.show = () => {};
    this.plane = new Plane(this.at.plane, (point) => this.set({ ...this.point, ...point }), () => this.release());
    this.goal = new Goal(this.at.goal, (goal) => this.aim(goal), () => { this.release(); this.tellDisplay(); });
    this.board = new Board(root, this.at, () => this.ask());
    this.board.goal = this.goal;
    options(this.at.order, { drawn: "as drawn", alike: "by similarity" });
    options(this.at.mass, MASSES);
    const { slider, number, alpha, k, reset, shows, order, mass } = this.at;
    slider.oninput = () => this.set({ ...this.point, weighting: "contrast", tau: this.slid() });
    slider.onchange = () => this.release();
    number.onchange = () => this.typed("tau", number.value);
    alpha.onchange = () => this.typed("own_share", alpha.value);
    k.onchange = () => this.typed("likeness", k.value);
    reset.onclick = () => { this.set(this.first); this.release(); };
    for (const choice of [shows, order, mass]) choice.onchange = () => { this.ask(); this.tellDisplay(); };
    this.watch = new ResizeObserver(() => this.ask());
    this.watch.observe(root);
  }

  leave() { this.watch.disconnect(); cancelAnimationFrame(this.frame); }

  receive(bytes) {
    const head = header(bytes);
    if (head.key !== this.batch?.key) {
      const other = Boolean(this.batch);
      this.batch = prepare(head, bytes);
      this.out = room(this.batch);
      this.board.receive(this.batch, this.out);
      this.board.pinned = this.board.over = null;
      options(this.at.shows, { weight: "weights", margin: "margins (nats)", loss: "losses", gradient: "shares of the gradient" },
        this.batch.flat ? ["margin", "loss"] : []);
      if (other) this.tellDisplay(); // what was pinned is another cell now
    }
    Object.assign(this.batch, { band: head.band, floor: head.floor });
    this.plane.receive(this.batch);
    this.at.own.hidden = !this.batch.paired;
    this.at["legend-band"].hidden = !head.band;
    if (head.band) this.at["legend-band"].lastChild.textContent = `90 % of the batches, n = ${head.band.batches}`;
    if (head.turn !== this.turn) {
      const opened = this.turn === null;
      [this.turn, this.first] = [head.turn, head.point];
      this.follow(head.point);
      this.adopt(head.display, opened);
    }
    this.ask();
  }

  // How the batch is shown, as an address has it; later on only the goal comes from elsewhere.
  adopt({ cells, order, mass, goal, pin }, opened) {
    this.goal.goal = goal;
    if (opened) {
      const { shows } = this.at, kept = Array.from(shows.options).some((one) => one.value === cells && !one.disabled);
      Object.assign(shows, { value: kept ? cells : "weight" });
      this.at.order.value = order;
      this.at.mass.value = String(mass);
      const [i, j] = pin, fits = pin.length && i < this.batch.rows.length && j < this.batch.columns.length;
      this.board.pinned = fits ? [i, j] : null;
    }
    this.shownLast = JSON.stringify(this.display());
  }

  display() {
    const { shows, order, mass } = this.at;
    return { cells: shows.value, order: order.value, mass: Number(mass.value), goal: this.goal.goal, pin: this.board.pinned ?? [] };
  }

  tellDisplay() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => { const now = JSON.stringify(this.display()); if (now !== this.shownLast) { this.shownLast = now; this.show(this.display()); } }, 40);
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

  // The goal moves the likeness where the dials are set, else τ, until the mean of this batch's rows is there.
  aim(goal) {
    const { batch, point, out } = this;
    if (point.weighting === "dials") this.set({ ...point, likeness: goal >= batch.others ? 0 : goal });
    else this.set({ ...point, tau: tauFor(batch, goal, out.rest) });
    const least = batch.path.others[0];
    if (point.weighting === "contrast" && goal < least - 0.05) this.refuse(`No τ gives this batch fewer than ${rounded(least, 1)}: its nearest prompts are equally near.`);
  }

  // The τ of the slider's notch, and the notch of a τ.
  slid() {
    const [low, high] = this.batch.window;
    return Number((low * (high / low) ** (Number(this.at.slider.value) / NOTCHES)).toPrecision(3));
  }
  notch(tau) {
    const [low, high] = this.batch.window;
    return Math.min(NOTCHES, Math.max(0, Math.round((NOTCHES * Math.log(tau / low)) / Math.log(high / low))));
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
    if (String(this.board.pinned) !== this.pinned) { this.pinned = String(this.board.pinned); this.pick(this.board.pinned); this.tellDisplay(); }
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
    const { slider } = this.at, notch = this.notch(point.tau);
    if (Number(slider.value) !== notch) slider.value = notch;
    slider.classList.toggle("follows", set);
    slider.style.setProperty("--part", notch / NOTCHES);
    slider.setAttribute("aria-valuetext", set ? "own share and likeness are set apart; a key goes back to one τ" : `τ = ${point.tau}`);
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
    const { batch, out, reading } = this, random = this.random(), mass = Number(this.at.mass.value), { cards } = batch;
    const known = (value, digits) => (Number.isFinite(value) ? rounded(value, digits) : "–");
    const beside = (value, digits, unit = "") => (Number.isFinite(value) ? `; random vectors: ${rounded(value, digits)}${unit}` : "");
    const shown = [[...cards[batch.paired ? "others" : "contrasts"], `${known(reading.others, 2)} of ${batch.others}`, beside(random.others, 2)]];
    if (batch.paired) shown.unshift([...cards.own, `${rounded(100 * reading.own, 0)} %`, beside(100 * random.own, 0, " %")]);
    if (batch.floor === null) shown.push([...cards.near, known(reading.near, 3), beside(random.near, 3)]);
    else shown.push([...cards.unrelated, percent(unrelated(batch, out)), ""]);
    if (batch.against) shown.push([...cards.against, `${known(100 * out.against, 0)} %`, ""]);
    if (!batch.flat) shown.push([...cards.spent, `${rounded(100 * out.spent, 0)} %`, ""]);
    if (mass < 1) shown.push([`${100 * mass} % of a row in`, cards.mass[1], (average(out.counts) + average(out.ownIn)).toFixed(1), ""]);
    const key = shown.map((one) => one[0]).join();
    if (key !== this.cards) this.card(shown, key);
    shown.forEach(([, meaning, value, small], place) => {
      const [, big, little] = this.at.figures.children[place].children;
      big.textContent = value; little.textContent = meaning + small;
    });
    this.sums();
    this.at.matrix.setAttribute("aria-label", `${SHOWS[this.at.shows.value].title} of chosen by rejected answers, ${batch.rows.length} × ${batch.columns.length}, ${this.at.mode.textContent}; arrow keys move the pinned cell, Escape lets it go`);
  }

  card(shown, key) {
    this.cards = key;
    this.at.figures.replaceChildren(...shown.map(([name]) => {
      const card = document.createElement("div");
      card.append(Object.assign(document.createElement("dt"), { textContent: name }), document.createElement("dd"), document.createElement("dd"));
      card.lastChild.className = "means";
      return card;
    }));
  }

  // What else is known of the batch, in sentences that explain themselves.
  sums() {
    const { batch, out, reading } = this;
    let low = Infinity, high = 0;
    for (const sum of out.columns) { if (sum < low) low = sum; if (sum > high) high = sum; }
    const near = Number.isFinite(reading.near) ? ` The others' mean cosine to the row's prompt, by their weight: ${rounded(reading.near, 3)}.` : "";
    this.at.sums.textContent = `Column sums ${short(low)} – ${short(high)}: the weight that a rejected answer receives from all rows together; each row gives 1.${near}`;
  }

  tell() {
    const { batch, out, board } = this, cell = board.over ?? board.pinned;
    const key = cell ? `${batch.key} ${cell} ${JSON.stringify(this.point)}` : "none";
    if (key === this.last) return;
    this.last = key;
    this.at.detail.replaceChildren();
    if (!cell) { this.at.detail.append(part("", "Point at a cell to read the two answers that it contrasts; click to pin it. Arrow keys move the pin.")); return; }
    const [i, j] = cell, N = batch.columns.length, own = batch.paired && i === j, weight = out.weights[i * N + j];
    const said = own ? `This chosen answer counts the rejected answer to its own prompt with ${percent(weight)} (own share).`
      : `This chosen answer counts that rejected one with ${percent(weight)}${batch.paired ? `, its own with ${percent(out.own[i])}` : ""}.`;
    this.at.detail.append(Object.assign(document.createElement("p"), { className: "says", textContent: said }));
    this.at.detail.append(part("chosen answer", batch.liked[i] ?? "", batch.rows[i]), part(own ? "rejected answer, to the same prompt" : "rejected answer", batch.disliked[j] ?? "", batch.columns[j]));
    const lines = [["cosine", batch.cosines[i * N + j].toFixed(3)], ["weight", fourth(weight)],
      ["margin, nats", short(batch.chosen[i] - batch.rejected[j])], ["loss", fourth(loss(batch, out, i, j))],
      ["of the gradient", percent(out.gradient[i * N + j] / out.total)]];
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
