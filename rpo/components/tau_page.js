// The instrument on a page: a Streamlit component, whose state is the point where the hand was let go, and how the batch is shown.

const ABOVE = 430; // px of the first screen that the page and the figures take

const views = new WeakMap();

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".tau");
  const view = views.get(root) ?? new View(root);
  views.set(root, view);
  view.board.above = ABOVE;
  view.send = (point) => setStateValue("point", point);
  view.show = (display) => setStateValue("display", display);
  view.receive(data);
  return () => view.leave();
}
