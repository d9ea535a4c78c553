// One pair and all that a rater can do with it. Keys act here, in the browser, so that a letter typed into a reason is never a vote.
// Each click or key sends one message that names the showing and the revision it answers; the next waits until the server has drawn.

const LETTERS = { ArrowLeft: "left", ArrowRight: "right", t: "tie", b: "bad", u: "undo", s: "skip", w: "why", l: "last", x: "x", d: "mark" };
const GUIDE = ["g", "?"];
const WORDS = { left: "A (left) is better", right: "B (right) is better", tie: "Tie" };
const BAD = "The better one is bad too";
const PATIENCE = 15000; // milliseconds without an answer after which one may press again
const UNLIKE = "Hardly a word is the same, so none is marked";
const EARLY = "Your last press is still on its way, so this one does not count: press again when the next pair is here";
const PAGE = document.documentElement.style;
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
    this.guide = find(".guide");
    this.asked = new Asked(find(".further"), (vote) => this.sendVote(vote), () => this.controls());
    this.key = (event) => this.pressed(event);
    this.why = Object.assign(document.createElement("button"), { type: "button", className: "why", onclick: () => this.sayWhy() });
    this.why.append("Say why ", Object.assign(document.createElement("kbd"), { textContent: "W" }));
    for (const button of root.querySelectorAll(".choices button"))
      button.onclick = () => this.vote(button.dataset.choice, Boolean(button.dataset.bad));
    find(".undo").onclick = () => this.undo();
    find(".skip").onclick = () => this.skip();
    find(".keep").onclick = () => this.keep();
    find(".last").onclick = () => this.openLast();
    find(".mark").onclick = () => this.mark();
    find(".onward").onclick = () => this.onward();
    find(".begin").onclick = () => this.begin();
    find(".open-guide").onclick = () => this.openGuide();
    find(".close-guide").onclick = () => this.guide.close();
    this.guide.onclick = (event) => { if (event.target === this.guide) this.guide.close(); };
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
    PAGE.setProperty("--below-ballot", "visible");
    if (data.practice?.own) this.root.querySelector(".onward").focus({ preventScroll: true });
    if (data.guide_first && !this.guided) this.openGuide();
    this.guided = true;
  }

  leave() {
    window.removeEventListener("keydown", this.key);
    this.sizes.disconnect();
    clearTimeout(this.timer);
    for (const name of ["--ballot-bar", "--below-ballot"]) PAGE.removeProperty(name);
  }

  makeRoom() { PAGE.setProperty("--ballot-bar", `${this.root.querySelector(".bar").offsetHeight}px`); }

  words() {
    const { data, root } = this;
    root.querySelector(".rubric").textContent = data.rubric;
    root.querySelector(".count").textContent = data.count;
    const progress = root.querySelector(".progress");
    root.querySelector(".guide .body").innerHTML = data.guideline;
    for (const part of ["own", "organiser", "because"]) root.querySelector(`.${part}`).textContent = data.practice?.[part] ?? "";
    progress.setAttribute("aria-valuemax", data.total);
    progress.setAttribute("aria-valuenow", data.done);
    progress.firstElementChild.style.width = `${(100 * data.done) / Math.max(1, data.total)}%`;
  }

  // Another pair: its texts, nothing said of it yet, and the page at its prompt.
  lay() {
    const { data, root } = this;
    const shared = root.querySelector(".asked");
    shared.hidden = Boolean(data.prompts);
    this.now.chips.scrollLeft = 0;
    fill(shared, data);
    root.querySelector(".pair").classList.toggle("across", Boolean(data.prompts));
    root.querySelectorAll(".answer").forEach((side, place) => {
      side.querySelector(".asked")?.remove();
      if (data.prompts) side.firstElementChild.after(ownPrompt(shared, data.prompts[place], "AB"[place]));
      side.querySelector(".cut").hidden = !data.cut[place];
      side.querySelector(".body").scrollTop = 0;
    });
    this.asked.vote = null;
    this.seenMarked = false;
    this.answers();
    const [left, right] = [...root.querySelectorAll(".body")];
    left.onscroll = follow(left, right);
    right.onscroll = follow(right, left);
    this.refill(data.given ?? { bothBad: false, tags: [], reason: "" });
    if (this.seen) root.scrollIntoView({ block: "start" });
    this.seen = true;
  }

  // Both texts, with the words marked that differ where the rater wants that and enough words are shared.
  answers() {
    const { data, root } = this, marked = this.marking && data.marked;
    this.seenMarked ||= Boolean(marked);
    [...root.querySelectorAll(".answer .body")].forEach((body, place) => { body.innerHTML = (marked || data.answers)[place]; });
    root.querySelector(".mark").setAttribute("aria-pressed", String(Boolean(this.marking)));
  }

  mark() {
    if (!this.data.differences) return;
    this.marking = !this.marking;
    this.answers();
    this.note.textContent = this.marking && !this.data.marked ? UNLIKE : "";
  }

  controls() {
    const { data, root } = this, changing = Boolean(data.given), practice = Boolean(data.practice);
    root.querySelector(".skip").hidden = changing || practice;
    root.querySelector(".undo").hidden = practice;
    root.querySelector(".begin").hidden = !practice;
    root.querySelector(".lesson").hidden = !data.practice?.own;
    root.querySelector(".mark").hidden = !data.differences;
    root.querySelector(".open-guide").hidden = !data.guideline;
    root.querySelector(".top").classList.toggle("with-tools", Boolean(data.differences || data.guideline || data.prompts));
    root.querySelector(".keep").hidden = !changing;
    root.querySelector(".last").hidden = !this.last || practice;
    root.querySelector(".extras").hidden = !this.form.hidden || practice;
    for (const button of root.querySelectorAll(".choices button, .undo, .skip, .last")) button.disabled = !this.form.hidden;
    for (const button of root.querySelectorAll(".choices button")) button.disabled ||= Boolean(data.practice?.own);
    root.querySelector(".undo").disabled ||= !data.done;
    this.asked.draw(data, data.given);
    for (const button of root.querySelectorAll(".choices button")) {
      const begun = this.asked.vote, given = begun ?? data.given;
      const chosen = given && given.choice === button.dataset.choice && Boolean(begun?.bothBad) === Boolean(button.dataset.bad);
      button.classList.toggle("chosen", Boolean(chosen));
      button.setAttribute("aria-pressed", String(Boolean(chosen)));
    }
    root.querySelector(".choices").classList.toggle("waiting", Boolean(this.waiting));
  }

  // ---- what is sent

  get last() { return this.waiting?.act === "vote" ? this.waiting : this.data.last; }

  vote(choice, bothBad = false) {
    if (this.data.practice) this.practise(choice, bothBad);
    else if (this.waiting) this.early();
    else this.asked.begin(this.data, choice, bothBad);
  }

  sendVote(vote) {
    const said = this.now.said, { showing, revision } = this.data;
    this.send({ act: "vote", showing, revision, ...vote, ...said, bothBad: said.bothBad || vote.bothBad, marked: this.seenMarked });
  }

  practise(choice, bothBad) {
    if (this.data.practice.own) return;
    this.send({ act: "practise", showing: this.data.showing, revision: this.data.revision, choice, bothBad, tags: [], reason: "" });
  }

  onward() { if (this.data.practice?.own) this.send({ act: "onward", showing: this.data.showing, revision: this.data.revision }); }
  begin() { if (this.data.practice) this.send({ act: "begin" }); }

  skip() { if (!this.data.given) this.send({ act: "skip", showing: this.data.showing, revision: this.data.revision }); }
  undo() { if (this.data.done) this.send({ act: "undo", last_event: this.data.last_event }); }
  keep() { if (this.data.given) this.send({ act: "leave" }); }

  send(said) {
    if (this.waiting) { this.early(); return; }
    this.waiting = said;
    this.timer = setTimeout(() => {
      this.arrived();
      this.note.textContent = "The server has not answered yet. Check the connection, then press again";
      this.controls();
    }, PATIENCE);
    this.controls();
    this.tell(said);
  }

  early() {
    this.note.textContent = EARLY;
    this.note.classList.add("early");
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

  // ---- the guideline, over the page: what was typed stays under it

  openGuide() {
    if (!this.data.guideline || this.guide.open) return;
    this.guide.showModal();
    this.guide.querySelector(".body").focus();
  }

  // ---- keys

  pressed(event) {
    const from = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing || event.defaultPrevented) return;
    if (this.guide.open) { if (GUIDE.includes(event.key.toLowerCase())) this.guide.close(); return; }
    if (!this.form.hidden) { if (event.key === "Escape") this.closeLast(); return; }
    if (from.matches?.("input, textarea, select, [contenteditable], [role=combobox], [role=option], [role=slider]")) return;
    if (document.querySelector("[role=dialog], [role=listbox]")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (GUIDE.includes(key)) { this.openGuide(); return; }
    if (this.data.practice) { this.inPractice(event, key); return; }
    if (this.asked.pressed(key)) { event.preventDefault(); return; }
    if (/^[1-9]$/.test(key)) { this.now.press(Number(key)); return; }
    if (key === "Escape") { if (!this.asked.drop()) this.keep(); return; }
    const act = LETTERS[key];
    if (!act) return;
    event.preventDefault();
    if (act === "mark") this.mark();
    else if (act === "undo" && this.asked.drop()) return;
    else if (act === "undo" || act === "skip") this[act]();
    else if (act === "why") this.sayWhy();
    else if (act === "last") this.openLast();
    else if (act === "x") this.now.press(0);
    else this.vote(act === "bad" ? "tie" : act, act === "bad");
  }

  // While practising, keys choose, mark, go on and skip the practice.
  inPractice(event, key) {
    const act = key === "Enter" ? "onward" : LETTERS[key];
    if (act === "onward" && event.composedPath()[0].matches?.("button:not(.onward)") && !this.data.practice.own) return; // its click
    if (!["left", "right", "tie", "bad", "skip", "mark", "onward"].includes(act)) return;
    event.preventDefault();
    if (act === "skip") this.begin();
    else if (act === "mark" || act === "onward") this[act]();
    else this.vote(act === "bad" ? "tie" : act, act === "bad");
  }
}

// A prompt with the turns before it, into the box where it stands.
function fill(box, { prompt, earlier }) {
  box.querySelector(".prompt").innerHTML = prompt;
  box.scrollTop = 0;
  const before = box.querySelector(".earlier");
  Object.assign(before, { hidden: !earlier.length, open: false });
  before.firstElementChild.textContent = `${earlier.length} earlier turn${earlier.length === 1 ? "" : "s"}`;
  before.lastElementChild.replaceChildren(...earlier.map(([who, text]) => {
    const turn = document.createElement("div");
    turn.append(Object.assign(document.createElement("small"), { textContent: who }),
      Object.assign(document.createElement("p"), { textContent: text, dir: "auto" }));
    return turn;
  }));
}

// The prompt that an answer belongs to, above it.
function ownPrompt(shared, asked, letter) {
  const box = shared.cloneNode(true);
  box.hidden = false;
  box.setAttribute("aria-label", `prompt of answer ${letter}`);
  fill(box, asked);
  return box;
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
