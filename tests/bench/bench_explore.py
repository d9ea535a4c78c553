"""How long a prompt map takes at a given size: reading, encoding, drawing, opening, a click.

    python tests/bench/bench_explore.py --sizes 5000 20000 160000

For each size a file of seeded dialogues is written, of lengths as in HH (1 to 3 human turns; the words mean nothing), into an
$RPO_HOME that is thrown away. Every stage runs in a process of its own. Encoding is measured on a sample, in turn with the bare
encoder; unless `--encode-all` is given, the map is then drawn from seeded clustered unit vectors in place of real ones, and the
table says so. What numba compiles is timed on a small set first. Files are in the page cache throughout.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from statistics import median

import numpy as np

from rpo import jobs, preferences, storage, weights
from rpo.embeddings import cache, graph, neighbours, projection
from rpo.embeddings import map_job as drawn_by
from rpo.preferences import View

IMPORTS = ("streamlit", "datasets", "rpo.runs", "rpo.components.neighbours", "rpo.charts.colour_by", "rpo.charts.prompt_map")
SEED, BATCH, SMALL, TOPICS, CLICKS = 0, 64, 1000, 12, 20
SPOKEN = {"human": (2.25, 0.75, 150), "other": (3.1, 0.9, 350)}  # words a turn: mean and spread of their logarithm, most
ANSWERS = ((3.0, 0.95, 200), (3.2, 1.0, 450))  # chosen, rejected
COMMON = """
a the to of and in is it you that for on are with as be this have from or by not what all can how your an they do if will about
there so we out up more my when could would make like time just know take people good some them see other than then now only
come over think also back use work first well way want because these give most why should need tell best help any
"""
OWN = """
bread soup oven salt garden seed soil rain train ticket bus road doctor sleep pain heart school exam book essay money bank rent
loan phone laptop screen cable dog cat vet fish paint wall tile roof song guitar film actor team goal run race river mountain
forest storm law court police vote child parent wedding friend shirt shoe wool coat moon star rocket atom
"""


def write(path, count):
    """A JSONL file of pairs on `count` distinct prompts, as transcripts."""
    draw, seen, own, common = random.Random(SEED), set(), OWN.split(), COMMON.split()
    with path.open("w", encoding="utf-8") as file:
        while len(seen) < count:
            topic = draw.randrange(TOPICS)
            prompt, *answers = dialogue(draw, [*own[topic::TOPICS] * 6, *common])
            if prompt not in seen:
                seen.add(prompt)
                sides = {name: f"{prompt} {answer}" for name, answer in zip(("chosen", "rejected"), answers, strict=True)}
                file.write(json.dumps({**sides, "topic": f"topic {topic}"}) + "\n")


def dialogue(draw, words):
    """A prompt and its two answers."""

    def say(mean, spread, most):
        return " ".join(draw.choices(words, k=min(most, max(1, round(draw.lognormvariate(mean, spread))))))

    pairs = [f"\n\nHuman: {say(*SPOKEN['human'])}?\n\nAssistant: {say(*SPOKEN['other'])}." for _ in range(draw.randrange(3))]
    return f"{''.join(pairs)}\n\nHuman: {say(*SPOKEN['human'])}?\n\nAssistant:", f"{say(*ANSWERS[0])}.", f"{say(*ANSWERS[1])}!"


def placed(count, width=384):
    """Seeded unit vectors (N, D) in clusters of about 400, of falling spread along the axes."""
    draw = np.random.default_rng(SEED)
    spread = (1 / np.sqrt(1 + np.arange(width) / 12)).astype(np.float32)
    centres = draw.normal(size=(max(8, count // 400), width)).astype(np.float32) * spread
    found = centres[draw.integers(len(centres), size=count)]
    for block in np.array_split(found, max(1, count // 10_000)):
        block += 0.9 * draw.normal(size=block.shape).astype(np.float32) * spread
    return found / np.linalg.norm(found, axis=1, keepdims=True)


class Clock:
    """Wall and CPU seconds of named pieces of work; a text where a figure is of another kind."""

    def __init__(self):
        self.found = {}

    def __call__(self, name, work, *given):
        wall, cpu = time.perf_counter(), time.process_time()
        result = work(*given)
        self.found[name] = (time.perf_counter() - wall, time.process_time() - cpu)
        return result

    def around(self, module, **names):
        """Time the functions of that name whenever the module calls them."""
        for name, title in names.items():
            work = getattr(module, name)
            setattr(module, name, lambda *given, work=work, title=title: self(title, work, *given))


def reading(path, clock, _):
    """A file that no process has read yet."""
    data = clock("load, first time", preferences.load, path)
    clock("load, warm", preferences.load, path)
    clock.found["rows on prompts"] = f"{len(data.rows):,} on {len(data.prompts):,}"


def encoding(path, clock, choice):
    """All that `embed` does against the bare encoder on the same texts, in turn."""
    prompts = preferences.load(path).prompts
    some = prompts if choice.encode_all else random.Random(SEED).sample(prompts, min(choice.sample, len(prompts)))
    encoder = cache.open_encoder(weights.ENCODER)
    texts = sorted({View.LAST_TURN.of(prompt) for prompt in some}, key=lambda text: -len(text))
    options = {"batch_size": BATCH, "normalize_embeddings": True, "show_progress_bar": False}
    encoder.model.encode(texts[:BATCH], **options)
    rates = {"ours": [], "bare": []}
    for turn in range(1 if choice.encode_all else choice.rounds):
        wanted = [*some[turn:], *some[:turn]] if turn else some  # another order is another list
        clock("ours", cache.embed, wanted, weights.ENCODER)
        clock("bare", lambda: encoder.model.encode(texts, **options))
        for name, found in rates.items():
            found.append(len(texts) / clock.found.pop(name)[1])
    ours, bare = (median(found) for found in rates.values())
    clock.found["texts encoded"] = f"{len(texts):,}"
    clock.found["  texts a CPU second, ours and bare"] = f"{ours:.0f}, {bare:.0f}"
    clock.found["  ours against bare"] = f"{ours / bare:.2f} x"


def placing(path, clock, choice):
    """Vectors where real ones would be kept."""
    prompts = preferences.load(path).prompts
    file = cache.vector_file(prompts, weights.ENCODER, View.LAST_TURN)
    if not choice.encode_all:
        found = placed(len(prompts))
        storage.write_with(cache.cut_file(file), lambda out: np.save(out, np.zeros(len(prompts), dtype=bool)))
        storage.write_with(file, lambda out: np.save(out, found))
    clock.found["map drawn from"] = "the encoder" if choice.encode_all else "SEEDED VECTORS"


def drawing(path, clock, choice):
    """What the map's process does; first a small set, for which numba compiles."""
    few, most_exact = placed(SMALL), graph.EXACT if choice.size <= graph.EXACT else 0
    near = clock("k-NN of 1,000, import and compile", lambda: graph.knn(few, most_exact=most_exact))
    clock("UMAP of 1,000, import and compile", projection.umap, few, near, projection.pca(few), SEED)
    clock.around(drawn_by, pca="PCA", knn="k-NN, warm", umap="UMAP, warm")
    jobs.start = lambda module, folder: None  # it is drawn here, not in a process of its own
    folder = drawn_by.request_map(path, weights.ENCODER, View.LAST_TURN)
    with jobs.work(folder) as report:
        drawn_by.draw_map(folder, report)


def opening(path, clock, _):
    """All that Explore does in Python until the picture is on the screen: in a new process, and in a server that has it."""
    clock("import what Explore imports", lambda: [import_module(name) for name in IMPORTS])
    kept = lru_cache(drawn_by.open_map)  # as the page keeps it
    first, drawn = clock("open, new process", page, path, kept)
    clock("open, warm server", page, path, kept)
    clock("  of which figure", picture, drawn, preferences.load(path))
    clock.found["  its JSON, MB"] = f"{len(first) / 1e6:.1f}"
    rows = random.Random(SEED).sample(range(len(drawn.prompts)), CLICKS)
    for row in rows:
        clock(f"{row}", neighbours, drawn.vectors, row, 10)
    times = [clock.found.pop(f"{row}") for row in rows]
    clock.found["click, first"] = times[0]
    clock.found["click, median"] = [median(column) for column in zip(*times, strict=True)]


def page(path, kept):
    """What pages/explore.py asks for, in its order."""
    data = preferences.load(path)
    assert len(data.rows) == len(data.train) + len(data.held_out)
    folder = drawn_by.request_map(path, weights.ENCODER, View.LAST_TURN)
    drawn = kept(folder, drawn_by.method(folder))
    drawn_by.neighbour_graph(folder)
    return picture(drawn, data), drawn


def picture(drawn, data):
    """The figure as it is sent."""
    from rpo.charts.colours import Groups
    from rpo.charts.prompt_map import map_figure

    return map_figure(drawn, Groups("slice", data.slices)).to_json()


STAGES = {work.__name__: work for work in (reading, encoding, placing, drawing, opening)}


def one(choice):
    """Run one stage here; print one JSON line."""
    clock = Clock()
    STAGES[choice.stage](choice.file, clock, choice)
    clock.found[f"  GiB at most, {choice.stage}"] = f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f}"
    print(json.dumps(clock.found))


def all_stages(size, choice, scratch):
    """The figures of one size."""
    place = scratch / f"{size}.jsonl"
    write(place, size)
    found = {"file, MB": f"{place.stat().st_size / 1e6:.0f}"}
    for stage in STAGES:
        print(f"{size:,} prompts: {stage}", file=sys.stderr)
        command = [sys.executable, __file__, *sys.argv[1:], "--stage", stage, "--size", str(size), "--file", str(place)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env={**jobs.QUIET_LIBRARIES, **os.environ})
        found |= json.loads(done.stdout.decode().splitlines()[-1])
    return found


def main():
    """Run all sizes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[5000, 20_000], help="prompts")
    parser.add_argument("--sample", type=int, default=1500, help="prompts encoded where not all are")
    parser.add_argument("--rounds", type=int, default=3, help="of encoding")
    parser.add_argument("--encode-all", action="store_true", help="draw the map from the encoder's vectors: minutes to an hour")
    for name in ("--stage", "--size", "--file"):
        parser.add_argument(name, type=int if name == "--size" else str, help=argparse.SUPPRESS)
    choice = parser.parse_args()
    if choice.stage:
        one(choice)
        return
    real = weights.locate(weights.ENCODER)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["RPO_HOME"] = scratch
        storage.folder("weights")
        Path(scratch, "weights", weights.ENCODER).symlink_to(real)
        report({size: all_stages(size, choice, Path(scratch)) for size in choice.sizes})


def report(found):
    """Wall seconds, CPU seconds in brackets."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}; wall seconds (CPU seconds)")
    print(f"{'prompts':<36}" + "".join(f"{size:>22,}" for size in found))
    for name in dict.fromkeys(name for figures in found.values() for name in figures):
        cells = (figures.get(name, "") for figures in found.values())
        shown = (cell if isinstance(cell, str) else f"{cell[0]:.2f} ({cell[1]:.2f})" for cell in cells)
        print(f"{name:<36}" + "".join(f"{cell:>22}" for cell in shown))


if __name__ == "__main__":
    main()
