// One pair and all that a rater can do with it. Keys act here, in the browser, so that a letter typed into a reason is never a vote.
// Each click or key sends one message that names the showing and the revision it answers; the next waits until the server has drawn.

const LETTERS = { ArrowLeft: "left", ArrowRight: "right", t: "tie", b: "bad", u: "undo", s: "skip", w: "why", l: "last", x: "x" };
const WORDS = { left: "A (left) is better", right: "B (right) is better", tie: "Tie" };
const BAD = "The better one is bad too";
const PATIENCE = 15000; // milliseconds without an answer after which one may press again
const EARLY = "Your last press is still on its way, so this one does not count: press again when the next pair is here";
const hands = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".ballot");
  const hand = hands.get(root) ?? new Hand(root);
  hands.set(root, hand);
  hand.tell = (said) => setTriggerValue("said", said);
  hand.draw(data);
  return () => hand.leave();
}

// What is said of a vote beside the choice: toggles and a reason, in one place of the page.
class Said {
  constructor(place) {
    this.chips = place.querySelector(".chips");
    this.reason = place.querySelector(".reason");
    for (const kind of ["keydown", "keypress", "keyup"]) this.reason.addEventListener(kind, (event) => event.stopPropagation());
  }

  // A chip for each tag, pressed as given; the reason as given.
  open(tags, given, longest, keys) {
    const chip = (label, on, key, tag) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "chip" });
      button.append(label);
      if (key && keys) button.append(" ", Object.assign(document.createElement("kbd"), { textContent: key }));
      button.setAttribute("aria-pressed", String(on));
      if (tag !== undefined) button.dataset.tag = tag;
      button.onclick = () => turn(button);
      return button;
    };
    this.chips.replaceChildren(chip(BAD, given.bothBad, "X"),
      ...tags.map((tag, place) => chip(tag, given.tags.includes(tag), place < 9 ? String(place + 1) : "", tag)));
    this.reason.maxLength = longest;
    this.reason.value = given.reason;
  }

  all() { return [...this.chips.querySelectorAll("button.chip")]; }
  press(place) { const chip = this.all()[place]; if (chip) turn(chip); }
  get said() {
    const on = this.all().filter((chip) => chip.getAttribute("aria-pressed") === "true");
    return { bothBad: on.some((chip) => chip.dataset.tag === undefined), reason: this.reason.value.trim(),
      tags: on.filter((chip) => chip.dataset.tag !== undefined).map((chip) => chip.dataset.tag) };
  }
}

class Hand {
  constructor(root) {
    const find = (name) => root.querySelector(name);
    this.root = root;
    this.note = find(".note");
    this.now = new Said(find(".extras"));
    this.form = find(".after");
    this.before = new Said(this.form);
    this.key = (event) => this.pressed(event);
    this.why = Object.assign(document.createElement("button"), { type: "button", className: "why", onclick: () => this.sayWhy() });
    this.why.append("Say why ", Object.assign(document.createElement("kbd"), { textContent: "W" }));
    for (const button of root.querySelectorAll(".choices button"))
      button.onclick = () => this.vote(button.dataset.choice, Boolean(button.dataset.bad));
    find(".undo").onclick = () => this.undo();
    find(".skip").onclick = () => this.skip();
    find(".keep").onclick = () => this.keep();
    find(".last").onclick = () => this.openLast();
    find(".close").onclick = () => this.closeLast();
    this.form.onsubmit = (event) => { event.preventDefault(); this.saveLast(); };
    this.form.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.preventDefault(); this.closeLast(); } });
    find(".bar").addEventListener("keydown", (event) => { // a held key is one press
      if (event.repeat && !event.composedPath()[0].matches("input")) event.preventDefault();
    });
    this.now.reason.addEventListener("keydown", (event) => this.inReason(event));
    this.before.reason.addEventListener("keydown", (event) => { if (event.key === "Escape") this.closeLast(); });
    this.sizes = new ResizeObserver(() => this.makeRoom());
  }

  draw(data) {
    window.addEventListener("keydown", this.key);
    this.sizes.observe(this.root.querySelector(".bar"));
    const fresh = !this.data || name(this.data) !== name(data), answered = !this.data || this.data.turn !== data.turn;
    this.data = data;
    if (answered || fresh) this.arrived();
    this.words();
    if (fresh) this.lay();
    if (answered) this.note.textContent = data.note;
    this.note.classList.toggle("early", data.early);
    this.controls();
    if (this.queued && !this.waiting) this.sayQueued();
    this.root.dataset.ready = name(data);
  }

  leave() {
    window.removeEventListener("keydown", this.key);
    this.sizes.disconnect();
    clearTimeout(this.timer);
    document.documentElement.style.removeProperty("--ballot-bar");
  }

  makeRoom() { document.documentElement.style.setProperty("--ballot-bar", `${this.root.querySelector(".bar").offsetHeight}px`); }

  words() {
    const { data, root } = this;
    root.querySelector(".rubric").textContent = data.rubric;
    root.querySelector(".count").textContent = data.count;
    const progress = root.querySelector(".progress");
    progress.setAttribute("aria-valuemax", data.total);
    progress.setAttribute("aria-valuenow", data.done);
    progress.firstElementChild.style.width = `${(100 * data.done) / Math.max(1, data.total)}%`;
  }

  // Another pair: its texts, nothing said of it yet, and the page at its prompt.
  lay() {
    const { data, root } = this;
    root.querySelector(".prompt").innerHTML = data.prompt;
    root.querySelector(".asked").scrollTop = this.now.chips.scrollLeft = 0;
    const earlier = root.querySelector(".earlier");
    Object.assign(earlier, { hidden: !data.earlier.length, open: false });
    earlier.firstElementChild.textContent = `${data.earlier.length} earlier turn${data.earlier.length === 1 ? "" : "s"}`;
    earlier.lastElementChild.replaceChildren(...data.earlier.map(([who, text]) => {
      const turn = document.createElement("div");
      turn.append(Object.assign(document.createElement("small"), { textContent: who }),
        Object.assign(document.createElement("p"), { textContent: text, dir: "auto" }));
      return turn;
    }));
    root.querySelectorAll(".answer").forEach((side, place) => {
      const body = side.querySelector(".body");
      body.innerHTML = data.answers[place];
      body.scrollTop = 0;
      side.querySelector(".cut").hidden = !data.cut[place];
    });
    const [left, right] = [...root.querySelectorAll(".body")];
    left.onscroll = follow(left, right);
    right.onscroll = follow(right, left);
    this.refill(data.given ?? { bothBad: false, tags: [], reason: "" });
    if (this.seen) root.scrollIntoView({ block: "start" });
    this.seen = true;
  }

  controls() {
    const { data, root } = this, changing = Boolean(data.given);
    root.querySelector(".skip").hidden = changing;
    root.querySelector(".keep").hidden = !changing;
    root.querySelector(".last").hidden = !this.last;
    root.querySelector(".extras").hidden = !this.form.hidden;
    for (const button of root.querySelectorAll(".choices button, .undo, .skip, .last")) button.disabled = !this.form.hidden;
    root.querySelector(".undo").disabled ||= !data.done;
    for (const button of root.querySelectorAll(".choices button")) {
      const chosen = data.given && data.given.choice === button.dataset.choice && !button.dataset.bad;
      button.classList.toggle("chosen", Boolean(chosen));
      button.setAttribute("aria-pressed", String(Boolean(chosen)));
    }
    root.querySelector(".choices").classList.toggle("waiting", Boolean(this.waiting));
  }

  // ---- what is sent

  get last() { return this.waiting?.act === "vote" ? this.waiting : this.data.last; }

  vote(choice, bothBad = false) {
    const said = this.now.said;
    this.send({ act: "vote", showing: this.data.showing, revision: this.data.revision, choice, ...said, bothBad: said.bothBad || bothBad });
  }

  skip() { if (!this.data.given) this.send({ act: "skip", showing: this.data.showing, revision: this.data.revision }); }
  undo() { if (this.data.done) this.send({ act: "undo", last_event: this.data.last_event }); }
  keep() { if (this.data.given) this.send({ act: "leave" }); }

  send(said) {
    if (this.waiting) { this.note.textContent = EARLY; this.note.classList.add("early"); return; }
    this.waiting = said;
    this.timer = setTimeout(() => {
      this.arrived();
      this.note.textContent = "The server has not answered yet. Check the connection, then press again";
      this.controls();
    }, PATIENCE);
    this.controls();
    this.tell(said);
  }

  arrived() {
    clearTimeout(this.timer);
    this.waiting = null;
  }

  // ---- the reason, of this pair or of the vote before

  sayWhy() {
    if (this.waiting) { this.openLast(); return; } // the pair on the screen has its vote already
    this.kept = this.now.reason.value;
    this.now.reason.hidden = false;
    this.now.reason.focus();
  }

  inReason(event) {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    if (event.key === "Escape") this.now.reason.value = this.kept ?? "";
    this.now.reason.hidden = !this.now.reason.value.trim();
    this.why.focus({ preventScroll: true });
  }

  openLast() {
    const last = this.last;
    if (!last || !this.form.hidden) return;
    this.form.querySelector(".about").textContent = `Your last vote, ${last.choice === "tie" && last.bothBad ? "Both bad" : WORDS[last.choice]}:`;
    this.about = last;
    this.before.open(this.data.tags, last, this.data.longest, false);
    this.form.hidden = false;
    this.controls();
    this.before.reason.focus();
  }

  closeLast() {
    this.form.hidden = true;
    this.controls();
    this.root.querySelector(".last").focus({ preventScroll: true });
  }

  saveLast() {
    const said = { act: "note", showing: this.about.showing, choice: this.about.choice, ...this.before.said };
    if (this.waiting) this.queued = said; // its vote is still on its way
    else this.send({ ...said, ...this.ofLast() });
    this.closeLast();
  }

  // What was said of a vote while it was on its way; where the vote was refused, it goes with the next one on that pair.
  sayQueued() {
    const said = this.queued;
    this.queued = null;
    if (this.data.last?.showing === said.showing) this.send({ ...said, ...this.ofLast() });
    else if (this.data.showing === said.showing) this.refill(said);
  }

  refill(said) {
    this.now.open(this.data.tags, said, this.data.longest, true);
    this.now.chips.append(this.why);
    this.now.reason.hidden = !said.reason;
  }

  // The revision that a change of the last vote gets, as the server has it now.
  ofLast() { return { revision: this.data.last?.revision ?? -1 }; }

  // ---- keys

  pressed(event) {
    const from = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing || event.defaultPrevented) return;
    if (!this.form.hidden) { if (event.key === "Escape") this.closeLast(); return; }
    if (from.matches?.("input, textarea, select, [contenteditable], [role=combobox], [role=option], [role=slider]")) return;
    if (document.querySelector("[role=dialog], [role=listbox]")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (/^[1-9]$/.test(key)) { this.now.press(Number(key)); return; }
    if (key === "Escape") { this.keep(); return; }
    const act = LETTERS[key];
    if (!act) return;
    event.preventDefault();
    if (act === "undo" || act === "skip") this[act]();
    else if (act === "why") this.sayWhy();
    else if (act === "last") this.openLast();
    else if (act === "x") this.now.press(0);
    else this.vote(act === "bad" ? "tie" : act, act === "bad");
  }
}

function turn(chip) { chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true")); }
function name(data) { return `${data.showing}-${data.revision}`; }

// Two answers that do not fit scroll together, each over its own length.
function follow(one, other) {
  return () => {
    const room = one.scrollHeight - one.clientHeight, far = other.scrollHeight - other.clientHeight;
    if (one.matches(":hover, :focus") && room > 0) other.scrollTop = (one.scrollTop / room) * far;
  };
}
