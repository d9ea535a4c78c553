// What a panel asks once a side is chosen: how much better, and a second question. Runs before ballot.js, which sends the vote.

const STRENGTHS = { ArrowDown: "slightly", ArrowUp: "clearly" };
const SECONDS = { ArrowLeft: "left", ArrowRight: "right", t: "tie" };

class Asked {
  // `done(vote)` gets the whole vote, `changed()` hears that another question is open now.
  constructor(place, done, changed) {
    Object.assign(this, { place, done, changed, vote: null });
    for (const button of place.querySelectorAll("button"))
      button.onclick = () => this.answer(button.dataset.strength ? "strength" : "second", button.dataset.strength ?? button.dataset.second);
  }

  // A choice begins a vote; without further questions it is whole at once.
  begin(data, choice, bothBad) {
    this.questions = { strength: data.strength && choice !== "tie", second: Boolean(data.second) };
    this.vote = { choice, bothBad };
    this.go();
  }

  get open() { return this.vote && ["strength", "second"].find((name) => this.questions[name] && !this.vote[name]); }

  answer(name, value) {
    if (this.open !== name) return;
    this.vote[name] = value;
    this.go();
  }

  go() {
    if (this.open) { this.changed(); return; }
    const vote = this.vote;
    this.vote = null;
    this.done(vote);
  }

  drop() {
    if (!this.vote) return false;
    this.vote = null;
    this.changed();
    return true;
  }

  // Whether this key answers the open question, which it then does.
  pressed(key) {
    const said = { strength: STRENGTHS, second: SECONDS }[this.open]?.[key];
    if (said) this.answer(this.open, said);
    return Boolean(said);
  }

  draw(data, given) {
    const { place, open } = this, strength = place.querySelector(".strength"), second = place.querySelector(".second");
    place.hidden = Boolean(data.practice) || !(data.strength || data.second);
    strength.hidden = !data.strength;
    second.hidden = !data.second;
    second.querySelector(".ask").textContent = data.second;
    for (const [name, part] of Object.entries({ strength, second })) {
      part.classList.toggle("open", open === name);
      for (const button of part.querySelectorAll("button")) {
        button.disabled = open !== name;
        const chosen = (this.vote ?? given)?.[name] === button.dataset[name];
        button.classList.toggle("chosen", chosen);
        button.setAttribute("aria-pressed", String(chosen));
      }
    }
  }
}
