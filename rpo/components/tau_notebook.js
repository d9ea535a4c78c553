// The instrument in a notebook: an anywidget, whose model holds the point where the hand was let go and the pinned cell. What Python
// sets moves hand and pin, but not while the hand is held. In a shadow root, as on the page: a notebook styles all lists and tables.

export default {
  render({ model, el }) {
    const inside = el.shadowRoot ?? el.attachShadow({ mode: "open" }), bytes = model.get("_batch");
    inside.innerHTML = `<style>${CSS_TEXT}</style>${HTML_TEXT}`;
    const view = new View(inside.querySelector(".tau"));
    const follow = () => { if (!view.plane.held) view.follow(model.get("_point")); };
    const save = (name) => (value) => { model.set(name, value); model.save_changes(); };
    view.receive(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    follow();
    view.pin(model.get("picked"));
    Object.assign(view, { send: save("_point"), pick: save("picked") });
    model.on("change:_point", follow);
    model.on("change:picked", () => view.pin(model.get("picked")));
    el.onkeydown = (event) => { if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); }; // "dd" would delete the cell
    const theme = new MutationObserver(() => view.ask()); // Jupyter and VS Code name the theme on the body
    theme.observe(document.body, { attributes: true });
    return () => { theme.disconnect(); view.leave(); };
  },
};
