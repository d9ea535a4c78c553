// The instrument on a page: a Streamlit component, whose state is the point where the hand was let go.

const views = new WeakMap();

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".tau");
  const view = views.get(root) ?? new View(root);
  views.set(root, view);
  view.send = (point) => setStateValue("point", point);
  view.receive(data);
  return () => view.leave();
}
