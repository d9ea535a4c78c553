// The goal of effective others a row: a line over the bars, dragged by hand or by keys. Where it is let go, τ has followed.

const NEAR_EDGE = 24; // px from an end of the bars, where the flag stands to one side
const FINE = 0.1, COARSE = 1; // effective others by an arrow key, without and with Shift

class Goal {
  constructor(handle, moved, released) {
    Object.assign(this, { handle, moved, released, flag: handle.firstElementChild, goal: 3, count: 0, room: 1 });
    handle.onpointerdown = (event) => { handle.setPointerCapture(event.pointerId); handle.focus(); this.held = true; event.preventDefault(); };
    handle.onpointermove = (event) => { if (this.held) this.ask(this.at(event)); };
    handle.onpointerup = handle.onpointercancel = () => { if (this.held) this.released(); this.held = false; };
    handle.onkeydown = (event) => this.key(event);
  }

  at(event) { return ((event.clientX - this.handle.parentElement.getBoundingClientRect().left) / this.room) * this.count; }

  key(event) {
    const by = event.shiftKey ? COARSE : FINE, now = this.shown;
    const next = { ArrowLeft: now - by, ArrowDown: now - by, ArrowRight: now + by, ArrowUp: now + by, PageDown: now - COARSE, PageUp: now + COARSE, Home: 1, End: this.count }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.ask(next);
    this.released();
  }

  ask(goal) {
    this.goal = Number(rounded(Math.min(this.count, Math.max(1, goal)), 1));
    this.moved(this.goal);
  }

  get shown() { return Math.min(this.goal, this.count); }

  // `room` px stand for `count` others.
  place(count, room, height, unit) {
    Object.assign(this, { count, room });
    const { handle } = this, at = (this.shown / count) * room;
    handle.hidden = count < 2;
    Object.assign(handle.style, { left: `${at}px`, height: `${height}px` });
    this.flag.textContent = `goal ${this.shown}`;
    this.flag.style.transform = `translateX(${at < NEAR_EDGE ? 0 : at > room - NEAR_EDGE ? -100 : -50}%)`;
    const values = { min: 1, max: count, now: this.shown, text: `goal: ${this.shown} of ${count} ${unit} a row, mean of this batch` };
    for (const [name, value] of Object.entries(values)) handle.setAttribute(`aria-value${name}`, value);
  }
}
