// A toy policy trained by DPO, RPO and uniform weights, drawn as it learns: no message to the server while it runs.
// The maths is that of rpo.teaching.toy (and rpo.contrast), written out by hand; a test holds both to the same figures.

const COLOURS = ["#e07b1a", "#6366f1", "#7d8590"]; // DPO, RPO, uniform: also told apart by dash and width
const DASHES = [[], [], [7, 5]], WIDTHS = [2.5, 4.5, 2.5];
const GOOD = 0, BAD = 1, ANSWERS = 3;
const FREE = [1, 4, 7]; // the prompts that never have data
const SPOKEN = 60, USUAL = "12"; // steps after which the verdict on E is said, and the spread for which it holds
const TOPS = [1, 2, 4, 8, 16, 32]; // nats, so that the scale seldom jumps
const views = new WeakMap();

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".lab");
  const view = views.get(root) ?? new View(root, data);
  views.set(root, view);
  view.send = (settings) => setStateValue("settings", settings);
  Object.assign(view, { verdict: data.verdict, large: data.large });
  view.draw();
  return () => view.leave();
}

// ---- the maths

// Unit rows of bells, as the policy sees angles; (rows, K).
function features(angles, centres, width) {
  return angles.map((angle) => {
    const bells = centres.map((centre) => Math.exp(-0.5 * ((angle - centre) / width) ** 2));
    const length = Math.hypot(...bells);
    return bells.map((bell) => bell / length);
  });
}

function weights(angles, liked, disliked, tau) {
  return liked.map((i) => {
    const cosines = disliked.map((j) => Math.cos(((angles[i] - angles[j]) * Math.PI) / 180)), nearest = Math.max(...cosines);
    const row = cosines.map((cosine) => Math.exp((cosine - nearest) / tau)); // the nearest is 1, so that no row is all zeros
    const sum = row.reduce((a, b) => a + b);
    return row.map((weight) => weight / sum);
  });
}

function logProbabilities(rows, parameters) {
  return rows.map((row) => {
    const logits = Array(ANSWERS).fill(0);
    row.forEach((feature, k) => { for (let a = 0; a < ANSWERS; a++) logits[a] += feature * parameters[k][a]; });
    const top = Math.max(...logits), log = top + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - top), 0));
    return logits.map((z) => z - log);
  });
}

// The loss's gradient in the log-ratios, as [prompt, answer, value]: every contrast lifts one answer and lowers another.
function pulls(world, table, ratios) {
  const { liked, disliked, pairs, beta } = world;
  const contrast = (i, j, weight, share) => {
    const force = (share * beta * weight) / (1 + Math.exp(beta * weight * (ratios[i][GOOD] - ratios[j][BAD])));
    return [[i, GOOD, -force], [j, BAD, force]];
  };
  if (!table) return pairs.flatMap((i) => contrast(i, i, 1, 1 / pairs.length));
  return liked.flatMap((i, x) => disliked.flatMap((j, y) => contrast(i, j, table[x][y], 1 / (liked.length * disliked.length))));
}

// The gradient in the parameters, (K, A) flat: through the log-softmax, then through the features.
function gradient(world, table, logs) {
  const ratios = logs.map((row, p) => row.map((log, a) => log - world.reference[p][a]));
  const out = new Float64Array(world.centres.length * ANSWERS);
  for (const [p, answer, force] of pulls(world, table, ratios))
    for (let a = 0; a < ANSWERS; a++) {
      const push = force * ((a === answer ? 1 : 0) - Math.exp(logs[p][a]));
      world.rows[p].forEach((feature, k) => { out[k * ANSWERS + a] += push * feature; });
    }
  return out;
}

function dot(a, b) { let sum = 0; for (let k = 0; k < a.length; k++) sum += a[k] * b[k]; return sum; }

// What a method would do next, and the cosine of that with what DPO would do from there.
function look(world, policy) {
  const logs = logProbabilities(world.rows, policy.parameters);
  policy.gradient = gradient(world, policy.table, logs);
  const { gradient: g } = policy, own = policy.table ? gradient(world, null, logs) : g;
  policy.cosine = dot(g, own) / Math.sqrt(dot(g, g) * dot(own, own));
}

function step(world, policy) {
  const size = world.length / Math.sqrt(dot(policy.gradient, policy.gradient));
  policy.parameters = policy.parameters.map((row, k) => row.map((value, a) => value - size * policy.gradient[k * ANSWERS + a]));
  look(world, policy);
}

// How much likelier the good answer has become against the bad one, nats: the normalisers cancel.
function margins(rows, policy, start) {
  const gained = policy.parameters.map((row, k) => row[GOOD] - start[k][GOOD] - row[BAD] + start[k][BAD]);
  return rows.map((row) => dot(row, gained));
}

// ---- the picture

class View {
  constructor(root, toy) {
    [this.root, this.toy, this.settings, this.steps] = [root, toy, { ...toy.settings, tau: Number(toy.settings.tau) }, 0];
    this.at = Object.fromEntries(["kind", "width", "seed", "tau", "at", "run", "step", "reset", "count", "picture", "figures", "refused", "verdict"]
      .map((name) => [name, root.querySelector(`.${name}`)]));
    fill(this.at.kind, Object.entries(toy.kinds));
    fill(this.at.width, Object.entries(toy.widths));
    fill(this.at.seed, toy.worlds.map((_, seed) => [seed, seed]));
    for (const name of ["kind", "width", "seed"]) this.at[name].value = this.settings[name];
    [this.at.tau.min, this.at.tau.max] = toy.taus.map(Math.log10);
    [this.at.at.min, this.at.at.max] = toy.range;
    this.show();
    this.listen();
    this.train();
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(root);
  }

  listen() {
    const { tau, run, step: one, reset } = this.at;
    for (const name of ["kind", "width", "seed"]) this.at[name].onchange = () => this.set(name, this.at[name].value, true);
    tau.oninput = () => this.set("tau", Number((10 ** Number(tau.value)).toPrecision(3)), false);
    this.at.at.onchange = () => this.typed(this.at.at.value);
    tau.onchange = () => this.send(this.settings);
    run.onclick = () => (this.running ? this.pause() : this.run());
    one.onclick = () => { this.pause(); this.advance(); };
    reset.onclick = () => { this.pause(); this.steps = 0; this.train(); };
    this.root.onkeydown = (event) => { if (event.key.startsWith("Arrow")) event.stopPropagation(); }; // the page turns its steps by these
  }

  leave() { this.pause(); this.watch.disconnect(); views.delete(this.root); }

  // The slider shows a part of the range; what lies beside it can be typed. What lies outside of the range is refused.
  typed(text) {
    const [low, high] = this.toy.range, value = Number(text), fits = text !== "" && value >= low && value <= high;
    if (fits) this.set("tau", value, true);
    else this.refuse(`τ must be a number from ${low} to ${high}, got ${text || "none"}; it stays at ${this.settings.tau}.`);
    this.show();
  }

  refuse(words) { Object.assign(this.at.refused, { textContent: words, hidden: !words }); }

  show() { [this.at.tau.value, this.at.at.value] = [Math.log10(this.settings.tau), this.settings.tau]; }

  set(name, value, tell) {
    this.settings = { ...this.settings, [name]: value };
    this.refuse("");
    this.train(name === "tau" ? 1 : undefined);
    if (tell) this.send(this.settings);
  }

  // From the reference on to as many steps as had been taken: equal settings and steps are equal figures, however one came there.
  // `only` is the one method that a setting concerns: tau is RPO's alone.
  train(only) {
    const { toy, settings } = this, { angles, start } = toy.worlds[settings.seed], { liked, disliked } = toy.sides[settings.kind];
    const rows = features(angles, toy.centres, Number(settings.width)), reference = logProbabilities(rows, start);
    this.world = { ...toy, angles, start, liked, disliked, pairs: liked.filter((i) => disliked.includes(i)), rows, reference };
    this.line = features(Array.from({ length: 181 }, (_, degree) => degree), toy.centres, Number(settings.width));
    const even = liked.map(() => disliked.map(() => 1 / disliked.length));
    this.weights = weights(angles, liked, disliked, settings.tau);
    this.policies = [null, this.weights, even].map((table, m) => (only === undefined || only === m ? this.trained(table) : this.policies[m]));
    this.draw();
  }

  trained(table) {
    const policy = { table, parameters: this.world.start };
    look(this.world, policy);
    for (let k = 0; k < this.steps; k++) step(this.world, policy);
    return policy;
  }

  advance() {
    if (this.steps >= this.toy.most) return this.pause();
    const began = performance.now();
    for (const policy of this.policies) step(this.world, policy);
    this.steps += 1;
    if (this.steps >= this.toy.most) this.pause();
    this.draw();
    this.root.dataset.cost = (performance.now() - began).toFixed(3);
  }

  run() {
    this.running = true;
    const frame = () => { this.frame = requestAnimationFrame(frame); this.advance(); };
    this.frame = requestAnimationFrame(frame);
    this.draw();
  }

  pause() { cancelAnimationFrame(this.frame); this.running = false; this.draw(); }

  draw() {
    const { run, step: one, count, at, tau } = this.at, done = this.steps >= this.toy.most;
    run.textContent = this.running ? "Pause" : "Run";
    run.disabled = one.disabled = done || !this.verdict;
    this.root.classList.toggle("large", Boolean(this.large));
    count.textContent = `step ${this.steps}${done ? ", the end" : ""}`;
    if (this.root.getRootNode().activeElement !== at) at.value = this.settings.tau; // not under the hands of who types
    tau.setAttribute("aria-valuetext", `tau ${this.settings.tau}`);
    this.learned = this.policies.map((policy) => margins(this.world.rows, policy, this.world.start));
    this.figures();
    this.say();
    this.paint();
    const cosines = this.policies.map((policy) => policy.cosine);
    Object.assign(this.root.dataset, { step: this.steps, running: Boolean(this.running), learned: JSON.stringify(this.learned), cosines: JSON.stringify(cosines) });
  }

  figures() {
    const where = FREE.map((p) => `<th scope="col">${this.toy.names[p]}, ${this.beside(p)}</th>`).join("");
    const rows = this.toy.methods.map((name, m) => `<tr><th scope="row"><span class="swatch" style="border-color:${COLOURS[m]};border-top-style:${DASHES[m].length ? "dashed" : "solid"}"></span>${name}</th>${
      FREE.map((p) => `<td>${signed(this.learned[m][p])}</td>`).join("")}<td>${this.policies[m].cosine.toFixed(3)}</td></tr>`);
    this.at.figures.innerHTML = `<thead><tr><th scope="col">Learned without data</th>${where}<th scope="col" title="Cosine of the next step with the one that DPO would take from there: 1 is the same direction">Goes DPO's way (1 = fully)</th></tr></thead><tbody>${rows.join("")}</tbody>`;
  }

  // What the reader guessed, beside what happened; it is a law of the usual spread and of single answers, with any seed.
  say() {
    const { kind, width } = this.settings, E = this.toy.names.indexOf("E"), [dpo, rpo] = this.learned.map((row) => signed(row[E]));
    const text = this.steps < SPOKEN || !this.verdict ? "" : kind === "paired" || width !== USUAL
      ? "With these settings E has other neighbours: read the table." : `${this.verdict} E: ${dpo} by DPO, ${rpo} by RPO.`;
    if (this.at.verdict.textContent !== text) this.at.verdict.textContent = text;
  }

  beside(p) {
    const paired = this.settings.kind === "paired";
    return p === FREE[2] ? (paired ? "beside a lone pair" : "beside a lone ✗") : p === FREE[1] && !paired ? "between ✓ and ✗" : "between pairs";
  }

  // Sizes of the picture: letters, and where the axis, the signs, the prompts and the lines below them stand.
  get sizes() {
    return this.large ? { letters: 19, height: 380, floor: 236, rise: 190, left: 64, signs: 262, names: 294, radius: 17, arcs: 318 }
      : { letters: 13, height: 252, floor: 156, rise: 126, left: 40, signs: 174, names: 196, radius: 12, arcs: 214 };
  }

  paint() {
    const canvas = this.at.picture, width = canvas.clientWidth, sizes = this.sizes, { height, floor, rise, left } = sizes, dense = window.devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    if (!width) return;
    if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) [canvas.width, canvas.height] = [Math.round(width * dense), Math.round(height * dense)];
    const pen = canvas.getContext("2d"), style = getComputedStyle(this.root), ink = style.color;
    const accent = style.getPropertyValue("--st-primary-color"), paper = style.getPropertyValue("--st-background-color");
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.clearRect(0, 0, width, height);
    const curves = this.policies.map((policy) => margins(this.line, policy, this.world.start));
    const most = Math.max(...curves.flat()), top = TOPS.find((one) => one >= most) ?? most;
    const place = { x: (angle) => left + (angle / 180) * (width - left - 16), y: (nats) => floor - (nats / top) * rise, ink, accent, paper, sizes };
    this.axes(pen, place, top, width);
    curves.forEach((curve, m) => this.curve(pen, place, curve, m));
    this.arcs(pen, place);
    this.prompts(pen, place);
    canvas.setAttribute("aria-label", `Margin learned at every angle after ${this.steps} step${this.steps === 1 ? "" : "s"} at tau ${this.settings.tau}; the table below has the figures`);
  }

  axes(pen, { x, y, ink, sizes: { letters, left, signs } }, top, width) {
    Object.assign(pen, { font: `${letters}px sans-serif`, fillStyle: ink, strokeStyle: ink, textAlign: "right", textBaseline: "middle", lineWidth: 1 });
    for (const nats of [0, top / 2, top]) {
      pen.globalAlpha = nats ? 0.15 : 0.5;
      line(pen, left, y(nats), width - 16, y(nats));
      pen.globalAlpha = 0.8;
      pen.fillText(String(nats), left - 6, y(nats));
    }
    pen.textAlign = "left";
    pen.fillText("gained for the good answer (nats)", left, letters * 0.8);
    this.root.dataset.letters = pen.font;
    pen.globalAlpha = 0.35;
    pen.setLineDash([2, 4]);
    for (const p of FREE) line(pen, x(this.world.angles[p]), y(top), x(this.world.angles[p]), signs + 4);
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }

  curve(pen, { x, y }, curve, m) {
    Object.assign(pen, { strokeStyle: COLOURS[m], fillStyle: COLOURS[m], lineWidth: WIDTHS[m] });
    pen.setLineDash(DASHES[m]);
    pen.beginPath();
    curve.forEach((nats, degree) => pen.lineTo(x(degree), y(nats)));
    pen.stroke();
    pen.setLineDash([]);
    for (const p of FREE) { pen.beginPath(); pen.arc(x(this.world.angles[p]), y(this.learned[m][p]), WIDTHS[m] + 1.5, 0, 7); pen.fill(); }
  }

  // Who is held against whom by RPO: a line from a like to a dislike, as strong as the weight; a ring for a prompt's own pair.
  arcs(pen, { x, accent, sizes: { names, radius, arcs: foot } }) {
    const { liked, disliked, angles } = this.world;
    Object.assign(pen, { strokeStyle: accent, lineCap: "round" });
    liked.forEach((i, m) => disliked.forEach((j, n) => {
      const weight = this.weights[m][n], [a, b] = [x(angles[i]), x(angles[j])];
      Object.assign(pen, { globalAlpha: Math.min(1, 0.08 + weight), lineWidth: 0.5 + 5 * weight });
      pen.beginPath();
      if (i === j) pen.arc(a, names, radius + 3 + 2.5 * weight, 0, 7);
      else { pen.moveTo(a, foot); pen.quadraticCurveTo((a + b) / 2, foot + 18 + Math.min(44, Math.abs(a - b) / 5), b, foot); }
      pen.stroke();
    }));
    pen.globalAlpha = 1;
  }

  prompts(pen, { x, ink, accent, paper, sizes: { letters, signs: above, names, radius } }) {
    const { liked, disliked, angles } = this.world;
    Object.assign(pen, { textAlign: "center", textBaseline: "middle", lineWidth: 1.5 });
    angles.forEach((angle, p) => {
      const signs = [liked.includes(p) && "✓", disliked.includes(p) && "✗"].filter(Boolean).join("");
      pen.beginPath();
      pen.arc(x(angle), names, radius, 0, 7);
      Object.assign(pen, { fillStyle: signs ? accent : paper, strokeStyle: signs ? accent : ink });
      if (!signs) pen.setLineDash([3, 3]);
      pen.fill(); pen.stroke(); pen.setLineDash([]);
      Object.assign(pen, { fillStyle: signs ? "#fff" : ink, font: `bold ${letters}px sans-serif` });
      pen.fillText(this.toy.names[p], x(angle), names + 0.5);
      Object.assign(pen, { fillStyle: ink, font: `${letters}px sans-serif` });
      if (signs || x(180) > 500) pen.fillText(signs || "no data", x(angle), above);
    });
  }
}

function fill(select, options) {
  select.replaceChildren(...options.map(([value, textContent]) => Object.assign(document.createElement("option"), { value, textContent })));
}
function line(pen, a, b, c, d) { pen.beginPath(); pen.moveTo(a, b); pen.lineTo(c, d); pen.stroke(); }
function signed(value) { return Math.abs(value) < 0.005 ? "0.00" : `${value > 0 ? "+" : "−"}${Math.abs(value).toFixed(2)}`; }
