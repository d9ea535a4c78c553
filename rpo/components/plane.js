// The plane: effective others to the right, own share upwards; for unpaired data two lines, as there is no own share. The paper's τ
// is a curve through it. A hand near the curve moves τ; anywhere else it moves the two dials.

const EDGE = { left: 40, right: 64, top: 20, bottom: 36 }, SNAP = 10, MARK = 6; // px
const LINEAR = 16; // others up to which the axis has a linear scale
const NUDGE = 0.02, STEP = 0.01; // of the axis of others, and of own share, by an arrow key
const MARKED = [0.1, 0.25, 0.5, 0.75]; // of the paper's temperatures

class Plane {
  constructor(canvas, moved, released) {
    Object.assign(this, { canvas, moved, released, pen: canvas.getContext("2d") });
    canvas.onpointerdown = (event) => { canvas.setPointerCapture(event.pointerId); this.held = true; this.moved(this.pointAt(event)); };
    canvas.onpointermove = (event) => { if (this.held) this.moved(this.pointAt(event)); };
    canvas.onpointerup = canvas.onpointercancel = () => { if (this.held) this.released(); this.held = false; };
    canvas.onkeydown = (event) => this.key(event);
  }

  receive(batch) {
    this.batch = batch;
    this.count = batch.others;
    this.named = !batch.paired || !this.count ? [] : [
      { name: "DPO", own: 1, likeness: 0 }, { name: "diagonal", own: 0.8, likeness: 0 }, { name: "uniform", own: 1 / batch.columns.length, likeness: 0 }];
  }

  size(width, height) {
    const dense = window.devicePixelRatio || 1;
    if (this.width !== width || this.height !== height || this.dense !== dense) {
      Object.assign(this, { width, height, dense });
      Object.assign(this.canvas, { width: Math.round(width * dense), height: Math.round(height * dense) });
      Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    }
    this.pen.setTransform(dense, 0, 0, dense, 0, 0);
  }

  // From effective others and own share to pixels, and back.
  part(others) {
    if (this.count < 2) return 1;
    return this.count <= LINEAR ? (others - 1) / (this.count - 1) : Math.log(others) / Math.log(this.count);
  }
  others(part) {
    const kept = Math.min(1, Math.max(0, part));
    return this.count <= LINEAR ? 1 + kept * (this.count - 1) : this.count ** kept;
  }
  x(others) { return EDGE.left + this.part(others) * (this.width - EDGE.left - EDGE.right); }
  y(own) { return this.height - EDGE.bottom - own * (this.height - EDGE.top - EDGE.bottom); }
  line(tau) { return this.y(tau ? 0.8 : 0.3); } // of unpaired data

  pointAt(event) {
    const box = this.canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    const part = (x - EDGE.left) / (this.width - EDGE.left - EDGE.right);
    if (!this.batch.paired) return y < this.y(0.55) ? this.onCurve(x, y, Infinity, () => this.line(true)) : dials(0.5, this.likeness(part));
    const mark = this.named.find((one) => Math.hypot(this.x(this.count) - x, this.y(one.own) - y) <= MARK);
    if (mark) return dials(mark.own, mark.likeness);
    const own = (this.height - EDGE.bottom - y) / (this.height - EDGE.top - EDGE.bottom);
    return this.onCurve(x, y, SNAP, (own) => this.y(own)) ?? dials(rounded(Math.min(1, Math.max(0, own)), 2), this.likeness(part));
  }

  // 0 stands for all others, as in a run's spec.
  likeness(part) {
    const k = this.others(part), some = this.count <= LINEAR ? Math.round(k * 10) / 10 : Number(k.toPrecision(3));
    return part > 0.995 || some >= this.count ? 0 : some;
  }

  // The τ whose place on the curve is nearest, if it is near enough.
  onCurve(x, y, reach, high) {
    const { taus, own, others } = this.batch.path;
    let best = reach, tau = null;
    for (let k = 1; k < taus.length; k++) {
      const [ax, ay, bx, by] = [this.x(others[k - 1]), high(own[k - 1]), this.x(others[k]), high(own[k])];
      const dx = bx - ax, dy = by - ay, long = dx * dx + dy * dy, upwards = this.batch.paired ? (y - ay) * dy : 0;
      const t = long ? Math.min(1, Math.max(0, ((x - ax) * dx + upwards) / long)) : 0;
      const away = Math.hypot(ax + t * dx - x, this.batch.paired ? ay + t * dy - y : 0);
      if (away < best) [best, tau] = [away, Math.exp(Math.log(taus[k - 1]) + t * Math.log(taus[k] / taus[k - 1]))];
    }
    return tau === null ? null : { weighting: "contrast", tau };
  }

  key(event) {
    const times = event.shiftKey ? 10 : 1, far = times * NUDGE, up = times * STEP, { point, at } = this;
    if (!this.count) return;
    const own = point.weighting === "dials" ? point.own_share : Math.round(at.own * 100) / 100;
    const likeness = point.weighting === "dials" ? point.likeness : this.likeness(this.part(at.others));
    const part = this.part(likeness || this.count), raised = (by) => dials(Math.round(Math.min(1, Math.max(0, own + by)) * 1000) / 1000, likeness);
    const moves = { ArrowUp: () => raised(up), ArrowDown: () => raised(-up), PageUp: () => raised(0.1), PageDown: () => raised(-0.1),
      ArrowLeft: () => dials(own, this.likeness(part - far)), ArrowRight: () => dials(own, this.likeness(part + far)),
      Home: () => dials(own, 1), End: () => dials(own, 0) };
    if (!moves[event.key]) return;
    event.preventDefault();
    this.moved(moves[event.key]());
    this.released();
  }

  // `at`: own share and effective others of the batch at this point, means over its rows.
  draw(point, at, ink, accent) {
    const { pen, width, height, batch } = this;
    Object.assign(this, { point, at });
    pen.clearRect(0, 0, width, height);
    Object.assign(pen, { font: "12px sans-serif", lineWidth: 1, textBaseline: "middle", strokeStyle: ink, fillStyle: ink });
    this.axes();
    if (!this.count) return;
    if (batch.band && batch.paired) this.band(batch.band, accent);
    if (!batch.paired) this.rails();
    this.curve(batch.random, ink, 1.2, [3, 4]);
    this.curve(batch.path, accent, 2.5, []);
    this.marks(ink, accent);
    this.hand(point, at, ink, accent);
  }

  axes() {
    const { pen } = this, bottom = this.height - EDGE.bottom, steps = ticks(this.count), paired = this.batch.paired;
    pen.globalAlpha = 0.75; pen.textAlign = "center";
    for (const k of steps) pen.fillText(k, this.x(k), bottom + 11);
    const all = `${paired ? "effective others" : "effective contrasts"}, of ${this.count}${this.count > LINEAR ? " (log scale)" : ""}`;
    pen.fillText(all, (EDGE.left + this.width - EDGE.right) / 2, this.height - 7);
    pen.textAlign = "right";
    if (paired) for (const own of [0, 0.25, 0.5, 0.75, 1]) pen.fillText(own === 0 || own === 1 ? own : own.toFixed(2), EDGE.left - 6, this.y(own));
    pen.textAlign = "left";
    if (paired) pen.fillText("own share", 2, 8);
    pen.globalAlpha = 0.15;
    for (const own of paired ? [0, 0.25, 0.5, 0.75, 1] : [0]) this.stroke([[EDGE.left, this.y(own)], [this.width - EDGE.right, this.y(own)]]);
    for (const k of steps) this.stroke([[this.x(k), EDGE.top], [this.x(k), bottom]]);
    pen.globalAlpha = 1;
  }

  rails() {
    const { pen } = this;
    pen.globalAlpha = 0.5;
    this.stroke([[EDGE.left, this.line(false)], [this.width - EDGE.right, this.line(false)]]);
    pen.globalAlpha = 0.75;
    pen.fillText("one τ for all rows", EDGE.left, this.line(true) + 16);
    pen.fillText("likeness k, each row for itself", EDGE.left, this.line(false) + 16);
    pen.globalAlpha = 1;
  }

  stroke(points) {
    const { pen } = this;
    pen.beginPath();
    points.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.stroke();
  }

  curve({ own, others }, colour, thick, dashes) {
    const { pen } = this, below = dashes.length ? 5 : 0; // lines of unpaired data lie beside one another
    Object.assign(pen, { strokeStyle: colour, lineWidth: thick, globalAlpha: dashes.length ? 0.6 : 1 });
    pen.setLineDash(dashes);
    this.stroke(others.map((k, place) => [this.x(k), this.batch.paired ? this.y(own[place]) : this.line(true) - below]));
    pen.setLineDash([]);
    Object.assign(pen, { lineWidth: 1, globalAlpha: 1 });
  }

  band({ own, low, high }, accent) {
    const { pen } = this;
    Object.assign(pen, { fillStyle: accent, globalAlpha: 0.16 });
    pen.beginPath();
    own.forEach((share, k) => pen.lineTo(this.x(low[k]), this.y(share)));
    for (let k = own.length - 1; k >= 0; k--) pen.lineTo(this.x(high[k]), this.y(own[k]));
    pen.fill();
    pen.globalAlpha = 1;
  }

  marks(ink, accent) {
    const { pen, batch } = this, { taus, own, others } = batch.path;
    Object.assign(pen, { fillStyle: accent, textAlign: batch.paired ? "right" : "center" });
    let last = -100;
    for (const tau of MARKED) {
      const k = taus.indexOf(tau), [x, y] = [this.x(others[k]), batch.paired ? this.y(own[k]) : this.line(true)];
      this.dot(x, y, 3);
      const along = batch.paired ? y : x; // a name that has no room is left out, its dot stays
      if (Math.abs(along - last) < (batch.paired ? 13 : 28)) continue;
      last = along;
      if (batch.paired) this.say(`τ ${tau}`, x - 12, y + (own[k] > 0.93 ? 13 : 0)); else this.say(tau, x, y - 16);
    }
    Object.assign(pen, { fillStyle: ink, textAlign: "left" });
    for (const { name, own: share } of this.named) {
      const [x, y] = [this.x(this.count), this.y(share)];
      pen.beginPath(); pen.rect(x - 3.5, y - 3.5, 7, 7); pen.fill();
      this.say(name, x + 11, y);
    }
  }

  hand(point, at, ink, accent) {
    const { pen } = this, tau = point.weighting === "contrast", [x, y] = [this.x(at.others), this.batch.paired ? this.y(at.own) : this.line(tau)];
    Object.assign(pen, { strokeStyle: ink, globalAlpha: 0.5 });
    pen.setLineDash([2, 3]);
    this.stroke(this.batch.paired ? [[EDGE.left, y], [x, y], [x, this.height - EDGE.bottom]] : [[x, y], [x, this.height - EDGE.bottom]]);
    pen.setLineDash([]);
    Object.assign(pen, { globalAlpha: 1, fillStyle: accent, lineWidth: 2.5 });
    this.dot(x, y, 8);
    pen.beginPath(); pen.arc(x, y, 8, 0, 7); pen.stroke();
    pen.lineWidth = 1;
  }

  dot(x, y, radius) { this.pen.beginPath(); this.pen.arc(x, y, radius, 0, 7); this.pen.fill(); }
  say(text, x, y) {
    Object.assign(this.pen, { strokeStyle: this.paper, lineWidth: 4, lineJoin: "round" });
    this.pen.strokeText(text, x, y); this.pen.fillText(text, x, y);
    this.pen.lineWidth = 1;
  }
}

function dials(own, likeness) { return { weighting: "dials", own_share: Number(own), likeness }; }

function ticks(count) {
  if (count < 1) return [];
  if (count <= LINEAR) return Array.from({ length: count }, (_, k) => k + 1).filter((k) => count <= 8 || k % 2 || k === count).filter((k) => k === count || k < count - (count > 8 ? 1 : 0));
  return [1, 2, 5, 10, 20, 50, 100, 200].filter((k) => k < count / 1.4).concat(count);
}
