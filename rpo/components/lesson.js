// Learn's pictures that follow the hand: one pair, two prompts and their contrasts, eight prompts' rows of weights. No message to the
// server while the hand moves. Weights are e to the cosine / τ over a row's sum, as in rpo.contrast; a test holds both to the same.

const views = new WeakMap();
const NEAR = 1, FAR = -0.2; // the cosines at the ends of the axis
const LABELS = [[1, "1: the same"], [0.5, "0.5"], [0, "0"]];
const THICK = 20; // px of a line whose weight is 1
const HOW_MUCH = [[0.03, "as good as nothing"], [0.3, "a little"], [0.7, "clearly, but less than its own"], [Infinity, "almost as much as its own"]];

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".lesson");
  const view = views.get(root) ?? new Lesson(root);
  views.set(root, view);
  view.send = setStateValue;
  view.receive(data);
  return () => view.leave();
}

// A row's weights: each cosine's e to the cosine / τ over their sum, less the largest so that nothing overflows.
function rowOf(cosines, tau) {
  const top = Math.max(...cosines), row = cosines.map((one) => Math.exp((one - top) / tau)), sum = row.reduce((a, b) => a + b);
  return row.map((one) => one / sum);
}

// What a matrix of cosines comes to: own share, and effective others as exp of the rest's entropy, means over rows.
function sharesOf(cosines, tau) {
  const rows = cosines.map((row) => rowOf(row, tau)), rests = cosines.map((row, i) => rowOf(row.filter((_, j) => j !== i), tau));
  const entropy = (rest) => -rest.reduce((sum, w) => sum + (w > 0 ? w * Math.log(w) : 0), 0);
  return { rows, rests, own: average(rows.map((row, i) => row[i])), others: average(rests.map((rest) => Math.exp(entropy(rest)))) };
}

class Lesson {
  constructor(root) {
    this.root = root;
    const one = (name) => root.querySelector(name), all = (name) => [...root.querySelectorAll(name)];
    this.at = { pair: one(".pair"), two: one(".two"), eight: one(".eight"), says: one(".says"), controls: one(".controls"), cards: all(".pair .answer"),
      between: one(".between b"), a: one(".side.a"), b: one(".side.b"), lines: one(".lines"), axis: one(".axis"), tau: one(".tau"), number: one("output"),
      moves: one(".moves"), nearer: one(".nearer"), farther: one(".farther") };
    this.watch = new ResizeObserver(() => this.draw());
    this.listen();
    this.watch.observe(root);
  }

  leave() { this.watch.disconnect(); views.delete(this.root); }

  receive(data) {
    const moved = !this.data || this.data.turn !== data.turn || this.data.step !== data.step;
    if (moved) this.shown = { ...data.shown };
    if (moved || data.preferred !== null) this.preferred = data.preferred;
    this.data = data;
    this.draw();
  }

  listen() {
    const { tau, b, cards, nearer, farther } = this.at;
    cards.forEach((card, place) => { card.onclick = () => { this.preferred = place; this.draw(); this.send("preferred", place); }; });
    tau.oninput = () => { this.shown.tau = Number((10 ** Number(tau.value)).toPrecision(3)); this.draw(); };
    tau.onchange = () => this.tell();
    nearer.onclick = () => this.move(1);
    farther.onclick = () => this.move(-1);
    b.onpointerdown = (event) => { if (this.data.free) { b.setPointerCapture(event.pointerId); this.grip = event.clientX - this.left(this.cosine); b.focus({ preventScroll: true }); } };
    b.onpointermove = (event) => { if (this.grip !== undefined) this.drag(event.clientX - this.grip); };
    b.onpointerup = b.onpointercancel = () => { if (this.grip === undefined) return; this.grip = this.free = undefined; this.draw(); this.tell(); };
    b.onkeydown = (event) => this.key(event);
    this.root.onkeydown = (event) => { if (event.key.startsWith("Arrow") && event.target.matches("input, .side")) event.stopPropagation(); }; // the page turns its steps by these
  }

  tell() { this.send("shown", { other: String(this.shown.other), at: String(this.shown.tau) }); }

  key(event) {
    const last = this.data.two.others.length - 1, by = { ArrowLeft: 1, ArrowUp: 1, ArrowRight: -1, ArrowDown: -1, Home: -last, End: last }[event.key];
    if (!by) return;
    event.preventDefault();
    this.move(by);
  }

  // The list goes from far to near.
  move(by) {
    if (!this.data.free) return;
    const last = this.data.two.others.length - 1, before = this.shown.other;
    this.shown.other = Math.min(last, Math.max(0, before + by));
    this.draw();
    if (before !== this.shown.other) this.tell();
  }

  // B follows the hand; what stands in it is the real prompt whose cosine is nearest to where it is.
  drag(x) {
    const [near, far] = [this.left(NEAR), this.left(FAR)], cosines = this.data.two.others.map((one) => one.cosine);
    this.free = Math.min(this.left(cosines.at(0)), Math.max(this.left(cosines.at(-1)), x));
    const cosine = NEAR + ((this.free - near) / (far - near)) * (FAR - NEAR);
    this.shown.other = cosines.reduce((best, one, k) => (Math.abs(one - cosine) < Math.abs(cosines[best] - cosine) ? k : best), 0);
    this.draw();
  }

  get cosine() { return this.data.two.others[this.shown.other].cosine; }
  get card() { const wide = this.at.two.clientWidth; return wide < 640 ? wide * 0.4 : Math.min(0.36 * wide, 560); }
  // Where B's left edge stands at this cosine.
  left(cosine) { const wide = this.at.two.clientWidth, near = this.card * 1.16 + 8, far = wide - this.card; return near + ((NEAR - cosine) / (NEAR - FAR)) * (far - near); }

  draw() {
    if (!this.data) return;
    const { step, large, free } = this.data, { at } = this;
    this.root.classList.toggle("large", large);
    [at.pair.hidden, at.two.hidden, at.eight.hidden, at.controls.hidden, at.moves.hidden] = [step !== "pair", step !== "near", step !== "tau", step === "pair", step !== "near"];
    [at.tau.min, at.tau.max] = this.data.taus.map(Math.log10);
    [at.tau.value, at.number.textContent] = [Math.log10(this.shown.tau), this.shown.tau];
    for (const one of [at.tau, at.nearer, at.farther]) one.disabled = !free;
    at.tau.setAttribute("aria-valuetext", `tau ${this.shown.tau}`);
    ({ pair: () => this.pair(), near: () => this.two(), tau: () => this.eight() })[step]();
  }

  pair() {
    const { at, preferred: choice } = this, { prompt, answers, authors } = this.data.two, made = choice !== null;
    at.pair.querySelector(".prompt").textContent = prompt;
    at.cards.forEach((card, place) => {
      card.querySelector("span").textContent = answers[place];
      card.querySelector("small").textContent = !made ? `Answer ${place + 1}` : place === choice ? "✓ chosen" : "✗ rejected";
      card.classList.toggle("liked", made && place === choice);
      card.classList.toggle("disliked", made && place !== choice);
      card.setAttribute("aria-pressed", String(made && place === choice));
    });
    at.pair.classList.toggle("done", made);
    at.between.textContent = made ? "one contrast" : "or";
    at.says.textContent = made
      ? `Your click made a pair. From this one contrast DPO learns: the chosen answer is to become likelier, against the rejected one, than it is for the model that training starts from. Whoever wrote these data prefers ${choice === authors ? "the same answer" : "the other answer; your choice counts here"}.`
      : "Click the answer that you prefer. There is no right one: training data are such clicks of people.";
    Object.assign(this.root.dataset, { preferred: made ? choice : "" });
  }

  two() {
    const { at } = this, { prompt, answers, authors, others } = this.data.two, other = others[this.shown.other], liked = this.preferred ?? authors;
    at.two.style.setProperty("--card", `${this.card}px`);
    const write = (side, texts) => side.querySelectorAll("span").forEach((span, place) => { if (span.textContent !== texts[place]) span.textContent = texts[place]; });
    write(at.a, [prompt, answers[liked], answers[1 - liked]]);
    write(at.b, [other.prompt, other.chosen, other.rejected]);
    at.b.style.left = `${this.free ?? this.left(this.cosine)}px`;
    at.b.classList.toggle("held", this.free !== undefined);
    const [own, across] = rowOf([1, other.cosine], this.shown.tau);
    for (const [name, value] of Object.entries({ valuemin: FAR, valuemax: NEAR, valuenow: other.cosine, disabled: !this.data.free, valuetext: `cosine ${other.cosine}, weight ${across.toFixed(2)}: ${other.prompt}` }))
      at.b.setAttribute(`aria-${name}`, value);
    this.contrasts(own, across);
    this.axis();
    const much = HOW_MUCH.find(([most]) => across / own < most)[1];
    at.says.textContent = `A's chosen answer is compared with A's rejected one at weight ${own.toFixed(2)} and with B's at ${across.toFixed(2)}: B counts ${much}. Cosine ${other.cosine}, τ ${this.shown.tau}.`;
    Object.assign(this.root.dataset, { weights: JSON.stringify([own, across]), other: this.shown.other });
  }

  // Four contrasts of two prompts: a chosen answer with its own rejected one, and with the other prompt's.
  contrasts(own, across) {
    const { a, b, lines } = this.at, [ca, ra] = a.querySelectorAll(".answer"), [cb, rb] = b.querySelectorAll(".answer");
    const left = this.free ?? this.left(this.cosine), card = this.card, middle = (one) => one.offsetTop + one.offsetHeight / 2, foot = ca.offsetTop + ca.offsetHeight;
    const upright = (x) => [x, foot, x, ra.offsetTop];
    const found = [["own", upright(card / 2), own], ["own", upright(left + card / 2), own], ["cross", [card, middle(ca), left, middle(rb)], across], ["cross", [left, middle(cb), card, middle(ra)], across]];
    const many = found.length, named = (tag) => Array.from({ length: many }, () => document.createElementNS("http://www.w3.org/2000/svg", tag));
    if (lines.childElementCount !== 2 * many) lines.replaceChildren(...named("line"), ...named("text"));
    found.forEach(([kind, [x1, y1, x2, y2], weight], k) => {
      const line = lines.children[k], text = lines.children[many + k], part = kind === "own" ? 0.5 : 0.22;
      line.setAttribute("class", kind);
      for (const [name, value] of Object.entries({ x1, y1, x2, y2 })) line.setAttribute(name, value);
      line.style.strokeWidth = `${Math.max(0.75, THICK * weight)}px`;
      text.setAttribute("x", x1 + (x2 - x1) * part + (kind === "own" ? 18 : 0));
      text.setAttribute("y", y1 + (y2 - y1) * part + 5);
      text.setAttribute("text-anchor", kind === "own" ? "start" : "middle");
      text.textContent = weight.toFixed(2);
    });
  }

  axis() {
    const { axis } = this.at, mark = (kind, x, text) => Object.assign(document.createElement(kind), { textContent: text ?? "", style: `left:${x}px` });
    const rule = mark("i", this.left(NEAR)), here = mark("i", this.free ?? this.left(this.cosine)), title = mark("span", this.left(NEAR) - (this.data.large ? 75 : 50), "likeness of A and B (cosine)");
    rule.className = "rule"; here.className = "here"; title.className = "title";
    rule.style.width = `${this.left(FAR) - this.left(NEAR)}px`;
    axis.replaceChildren(title, rule, ...this.data.two.others.map((one) => mark("i", this.left(one.cosine))), here, ...LABELS.map(([cosine, text]) => mark("span", this.left(cosine), text)));
    if (this.at.two.clientWidth < 640) { title.remove(); axis.lastChild.previousSibling.remove(); axis.lastChild.previousSibling.textContent = "1"; } // no room
  }

  eight() {
    const { prompts, cosines, random } = this.data.eight, tau = this.shown.tau, seen = sharesOf(cosines, tau), chance = sharesOf(random, tau);
    const rows = [...prompts.map((prompt, i) => [prompt, cosines[i], seen, i]), ["Random vectors, for comparison", random[0], chance, 0]];
    if (!this.at.eight.childElementCount) this.at.eight.replaceChildren(...this.grid(rows));
    rows.forEach(([, row, found, i], r) => {
      const order = row.map((_, j) => j).filter((j) => j !== i).sort((x, y) => row[y] - row[x]), rest = (j) => found.rests[i][j < i ? j : j - 1];
      const [whole, alone] = this.at.eight.querySelectorAll(`[data-row="${r}"]`);
      [whole.children[0].textContent, whole.children[0].style.width] = [`${Math.round(100 * found.rows[i][i])} %`, `${100 * found.rows[i][i]}%`];
      order.forEach((j, k) => { whole.children[k + 1].style.width = `${100 * found.rows[i][j]}%`; alone.children[k].style.width = `${100 * rest(j)}%`; });
    });
    const others = prompts.length - 1;
    this.at.says.textContent = `At τ = ${tau}, mean of the eight rows: ${sentence(this.data.words, seen.own, seen.others, others)} Random vectors: ${rounded(100 * chance.own, 0)} % and ${rounded(chance.others, 1)} of ${others}.`;
    Object.assign(this.root.dataset, { shares: JSON.stringify([seen.own, seen.others]) });
  }

  grid(rows) {
    const cell = (kind, text) => Object.assign(document.createElement("div"), { className: kind, textContent: text ?? "" });
    const bar = (r, kind, many) => {
      const one = cell(`row ${kind}`), parts = Array.from({ length: many }, () => document.createElement("span"));
      if (many === rows.length - 1) parts[0].className = "own";
      one.dataset.row = r;
      one.append(...parts);
      return one;
    };
    const heads = ["chosen answer to", "its row of weights: own rejected answer, then the others", "the others alone, drawn to full width"].map((text) => cell("head", text));
    return [...heads, ...rows.flatMap(([name], r) => {
      const last = r === rows.length - 1 ? "chance" : "";
      return [Object.assign(cell(`name ${last}`, name), { dir: "auto" }), bar(r, last, rows.length - 1), bar(r, last, rows.length - 2)];
    })];
  }
}
