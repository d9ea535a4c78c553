// Two answers side by side, as HTML that the server made harmless (rpo.voting.rendering). They scroll together.

export default function (component) {
  const { data, parentElement } = component;
  const sides = [...parentElement.querySelectorAll(".answer")];
  sides.forEach((side, place) => {
    const body = side.querySelector(".body");
    if (body.dataset.key === data.key) return;
    body.innerHTML = data.answers[place] || "<p><em>(no answer)</em></p>";
    body.dataset.key = data.key;
    body.scrollTop = 0;
  });
  const [left, right] = sides.map((side) => side.querySelector(".body"));
  const follow = (one, other) => () => {
    const room = one.scrollHeight - one.clientHeight, far = other.scrollHeight - other.clientHeight;
    if (one.matches(":hover, :focus") && room > 0) other.scrollTop = (one.scrollTop / room) * far;
  };
  left.onscroll = follow(left, right);
  right.onscroll = follow(right, left);
  parentElement.querySelector(".pair").dataset.ready = data.key;
}
