// The address of the page, put in the place of the one that stands there: a visit stays one step on the way back.

export default function ({ data }) {
  const next = location.pathname + (data ? `?${data}` : "");
  if (next !== location.pathname + location.search) history.replaceState(history.state, "", next);
}
