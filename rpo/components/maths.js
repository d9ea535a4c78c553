// The maths of one batch in the browser: weights by temperature or by dials, what they amount to, and each cell's part of the
// gradient. It is that of rpo.contrast (arXiv 2402.10958, and t-SNE's perplexity for the dials); tests hold both to the same figures.

const NEARLY_EQUAL = 1e-6, COLDEST = Math.log(1e-8), HOTTEST = Math.log(1e6), CLOSE = 1e-11, ROUNDS = 60, HALVINGS = 16;
const GRID = [COLDEST, ...Array.from({ length: 37 }, (_, g) => Math.log(2e-3) + 0.23 * g), HOTTEST]; // of log temperatures

function header(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return Object.assign(JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))), { start: 4 + length });
}

// What does not depend on the point: each row's others from near to far, the nearest of them, and how many tie with it.
function prepare(batch, bytes) {
  const M = batch.rows.length, N = batch.columns.length, others = N - (batch.paired ? 1 : 0);
  const C = batch.cosines = new Float32Array(bytes.slice(batch.start).buffer);
  Object.assign(batch, { others, best: new Float64Array(M), ties: new Uint16Array(M), ranked: new Uint16Array(M * others), rank: new Uint16Array(M * N), table: null });
  for (let i = 0; i < M; i++) {
    const row = C.subarray(i * N, i * N + N), order = Array.from(row.keys()).filter((j) => !batch.paired || j !== i).sort((a, b) => row[b] - row[a]);
    batch.best[i] = others ? row[order[0]] : 0;
    batch.ties[i] = order.filter((j) => batch.best[i] - row[j] < NEARLY_EQUAL).length;
    order.forEach((j, place) => { batch.ranked[i * others + place] = j; batch.rank[i * N + j] = place; });
  }
  batch.against = batch.scores && contradicted(batch, ...batch.scores);
  batch.flat = batch.chosen.every((c) => c === 0) && batch.rejected.every((r) => r === 0);
  return batch;
}

// Cells in which the chosen answer's score is below the rejected one's; never an own pair, nor where a score is missing (null).
function contradicted({ paired }, chosen, rejected) {
  return Uint8Array.from({ length: chosen.length * rejected.length }, (_, at) => {
    const i = Math.floor(at / rejected.length), j = at % rejected.length, c = chosen[i], r = rejected[j];
    return c !== null && r !== null && c < r && !(paired && i === j);
  });
}

// The part of the others' weight, all rows together, that lies on contradicted cells.
function spoiled({ against, paired, columns }, { weights }) {
  let all = 0, some = 0;
  for (let at = 0; at < weights.length; at++) {
    if (paired && at % (columns.length + 1) === 0) continue;
    all += weights[at];
    if (against[at]) some += weights[at];
  }
  return some / all;
}

function room(batch) {
  const M = batch.rows.length, N = batch.columns.length;
  return { weights: new Float32Array(M * N), gradient: new Float32Array(M * N), rest: new Float64Array(N), others: new Float64Array(M),
    near: new Float64Array(M), own: new Float64Array(M), columns: new Float64Array(N), counts: new Uint16Array(M), ownIn: new Uint8Array(M) };
}

// A row's others by one temperature: exp of how far each lies behind the nearest, into `into`; their sum, entropy and its slope.
// Dials count others as equal that float32 cannot tell apart; the paper's softmax does not.
function spread(batch, i, log, into, equal) {
  const N = batch.columns.length, at = i * N, own = batch.paired ? i : -1, best = batch.best[i], C = batch.cosines, cold = Math.exp(-log);
  let sum = 0, first = 0, second = 0;
  for (let j = 0; j < N; j++) {
    if (j === own) { into[j] = 0; continue; }
    const behind = best - C[at + j], d = behind < equal ? 0 : behind * cold;
    if (d > 700) { into[j] = 0; continue; }
    const w = Math.exp(-d);
    into[j] = w; sum += w; first += w * d; second += w * d * d;
  }
  const mean = first / sum;
  return { sum, entropy: Math.log(sum) + mean, slope: second / sum - mean * mean };
}

// Entropies of every row over a grid of temperatures: where a wanted one is looked up.
function tabled(batch, into) {
  batch.table ??= batch.rows.map((_, i) => Float64Array.from(GRID, (log) => spread(batch, i, log, into, NEARLY_EQUAL).entropy));
  return batch.table;
}

// The row's others at `likeness` effective ones, into `into`; their sum and entropy. Duplicates may leave more or fewer.
function likened(batch, i, likeness, into) {
  if (likeness >= batch.others) return even(batch, i, batch.others, into);
  if (likeness <= batch.ties[i]) return even(batch, i, batch.ties[i], into);
  const row = tabled(batch, into)[i], wanted = Math.log(likeness);
  let g = row.findIndex((entropy) => entropy >= wanted);
  if (g < 1) g = g < 0 ? GRID.length - 1 : 1;
  let low = GRID[g - 1], high = GRID[g], part = (wanted - row[g - 1]) / (row[g] - row[g - 1]);
  let log = low + (high - low) * (part > 0 && part < 1 ? part : 0.5), found;
  for (let round = 0; round < ROUNDS; round++) {
    found = spread(batch, i, log, into, NEARLY_EQUAL);
    const excess = found.entropy - wanted;
    if (Math.abs(excess) < CLOSE) break;
    if (excess < 0) low = log; else high = log;
    const step = log - excess / found.slope;
    log = step > low && step < high ? step : (low + high) / 2;
  }
  return found;
}

function even(batch, i, count, into) {
  into.fill(0);
  for (let place = 0; place < count; place++) into[batch.ranked[i * batch.others + place]] = 1;
  return { sum: count, entropy: Math.log(count) };
}

// Weights, shares and gradient of one batch at one point.
function weigh(batch, point, mass, out) {
  const M = batch.rows.length, N = batch.columns.length, W = out.weights, C = batch.cosines, rest = out.rest, tau = point.weighting === "contrast";
  const likeness = point.likeness || batch.others, log = Math.log(point.tau);
  out.columns.fill(0);
  out.missed = 0;
  for (let i = 0; i < M; i++) {
    const at = i * N, own = batch.paired ? i : -1;
    if (!batch.others) { W[at] = 1; [out.own[i], out.others[i], out.near[i], out.columns[0]] = [1, NaN, NaN, 1]; out.ownIn[i] = 1; continue; }
    const found = tau ? spread(batch, i, log, rest, -1) : likened(batch, i, Math.min(likeness, batch.others), rest);
    const share = own < 0 ? 0 : tau ? 1 / (1 + found.sum * Math.exp((batch.best[i] - C[at + own]) / point.tau)) : point.own_share;
    const scale = (1 - share) / found.sum;
    let near = 0;
    for (let j = 0; j < N; j++) {
      const w = j === own ? share : rest[j] * scale;
      near += rest[j] * C[at + j];
      W[at + j] = w; out.columns[j] += w;
    }
    out.own[i] = share; out.others[i] = Math.exp(found.entropy); out.near[i] = near / found.sum;
    if (!tau && Math.abs(out.others[i] - Math.min(likeness, batch.others)) > 1e-6 * likeness) out.missed++;
    if (mass < 1) held(batch, out, i, mass);
  }
  if (batch.against) out.against = spoiled(batch, out);
  pull(batch, out);
}

// How many of the largest weights of a row make up `mass`: so many others, and the own pair where it is large enough.
function held(batch, out, i, mass) {
  const N = batch.columns.length, at = i * N, first = i * batch.others;
  let sum = 0, count = 0, own = 0;
  while (sum < mass && (count < batch.others || (batch.paired && !own))) {
    const next = count < batch.others ? out.weights[at + batch.ranked[first + count]] : -1;
    if (batch.paired && !own && out.own[i] >= next) { sum += out.own[i]; own = 1; } else { sum += next; count++; }
  }
  out.counts[i] = count; out.ownIn[i] = own;
}

// Each cell's part of the gradient, and how much of the first gradient is spent.
function pull(batch, out) {
  const M = batch.rows.length, N = batch.columns.length, W = out.weights, beta = batch.beta, inside = batch.form === "inside";
  let total = 0, start = 0;
  for (let i = 0; i < M; i++) for (let j = 0; j < N; j++) {
    const w = W[i * N + j], z = batch.flat ? 0 : (batch.chosen[i] - batch.rejected[j]) * (inside ? beta * w : beta);
    const g = batch.flat ? w * 0.5 : w / (1 + Math.exp(z));
    out.gradient[i * N + j] = g; total += g; start += w * 0.5;
  }
  out.spent = 1 - total / start;
  out.total = total;
}

function softplus(x) { return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)); }

function loss(b, o, i, j) {
  const w = o.weights[i * b.columns.length + j], d = b.beta * (b.chosen[i] - b.rejected[j]);
  return b.form === "inside" ? softplus(-w * d) : w * softplus(-d) * b.columns.length;
}

// What the point means, in the words and by the thresholds of rpo.tuning.reading.
function sentence({ SENTENCE, LIMITS }, own, others, count) {
  if (!count) return SENTENCE.one;
  const kind = others >= LIMITS.uniform * count ? "uniform" : others <= LIMITS.alone ? "alone" : "selective";
  const said = own === null ? "unpaired" : own >= LIMITS.dpo ? "dpo" : "paired";
  const words = { own: rounded(100 * (own ?? 0), 0), others: rounded(others, 1), count, kind: SENTENCE[kind] };
  return SENTENCE[said].replace(/\{(\w+)\}/g, (_, name) => words[name]);
}

function rounded(value, digits) { return (Math.floor(value * 10 ** digits + 0.5) / 10 ** digits).toFixed(digits); }

// A line through known points: y at x, both lists in order of x.
function between(xs, ys, x) {
  let k = xs.findIndex((one) => one >= x);
  if (k === 0) return ys[0];
  if (k < 0) return ys[ys.length - 1];
  const part = (x - xs[k - 1]) / (xs[k] - xs[k - 1]);
  return ys[k - 1] + part * (ys[k] - ys[k - 1]);
}

function average(values) { let sum = 0; for (const value of values) sum += value; return sum / values.length; }

// The τ at which the rows' mean of effective others is `wanted`, found between two known points of the curve; an end where none is.
function tauFor(batch, wanted, into) {
  const { taus, others } = batch.path, k = others.findIndex((one) => one >= wanted);
  if (k < 1) return taus[k < 0 ? taus.length - 1 : 0];
  let [low, high] = [Math.log(taus[k - 1]), Math.log(taus[k])];
  for (let round = 0; round < HALVINGS; round++) {
    const middle = (low + high) / 2;
    if (meanOthers(batch, middle, into) < wanted) low = middle; else high = middle;
  }
  return Math.exp((low + high) / 2);
}

function meanOthers(batch, log, into) {
  let sum = 0;
  for (let i = 0; i < batch.rows.length; i++) sum += Math.exp(spread(batch, i, log, into, -1).entropy);
  return sum / batch.rows.length;
}

// The part of all weight that lies on answers of other prompts whose cosine is not above the floor.
function unrelated({ cosines, floor, paired, columns, rows }, { weights }) {
  let sum = 0;
  for (let at = 0; at < weights.length; at++) if (cosines[at] <= floor && !(paired && at % (columns.length + 1) === 0)) sum += weights[at];
  return sum / rows.length;
}

// Numbers with as many digits as they mean.
function short(value) {
  const size = Math.abs(value);
  return size === 0 ? "0" : size < 0.0005 ? "≈ 0" : size < 0.01 ? value.toFixed(3) : value.toFixed(size < 10 ? 2 : 1);
}
function fourth(value) { return value > 0 && value < 0.00005 ? "below 0.0001" : value.toFixed(4); }
function percent(part) {
  const value = 100 * part;
  return value > 0 && value < 0.1 ? "less than 0.1 %" : `${rounded(value, value > 0 && value < 1 ? 1 : 0)} %`;
}
