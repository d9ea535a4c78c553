"""A home whose every text is an attack: data, panels, runs, sweeps, judges and their messages. Made by code, no model asked."""

import json
from dataclasses import fields

from rpo import storage
from rpo.jsonl import append_line
from rpo.judging import Endpoint, JudgementCache, Plan, begin, take_in
from rpo.runs import Run, answers
from rpo.spec import RunSpec
from rpo.tokens.cuts import FILE, Cuts
from rpo.voting import Answer, Ballots, Comparison, Options, Seat, practice_from_rows
from tests.runs.test_edited import FILES, LINES
from tests.voting.conftest import vote_all

LEAK = "leak.test"
ATTACKS = (
    f"![x](http://{LEAK}/a.png)",
    f"[click](http://{LEAK})",
    f"http://{LEAK}/y",
    f"www.{LEAK}",
    f"<img src=http://{LEAK}/b.png>",
    f'<a href="http://{LEAK}">x</a>',
    f"a@{LEAK}",
    ":material/home: :red[x] :smile:",
    f"$\\href{{http://{LEAK}}}{{x}}$",
)
ALL = " ".join(ATTACKS)
DATA = f"www.{LEAK}.jsonl"
RUN = f"20260102-030405-www.{LEAK}"
BROKEN = "20260101-000000-broken"


def furnish(encoder=ATTACKS[0]):
    """Fill the home; the id of its panel."""
    data()
    panel = voted()
    judged(panel)
    run(encoder)
    return panel


def data():
    """Prompts, answers and slices. Each prompt is another text, so that a page that shows its beginning shows an attack."""
    rows = [
        {"prompt": f"{attack} {n}?", "chosen": f"{attack} yes {n}", "rejected": f"{ALL} no {n}", "slice": attack}
        for n, attack in enumerate(ATTACKS * 3)
    ]
    lines = "\n".join([*map(json.dumps, rows), json.dumps({**rows[0], "chosen": rows[0]["rejected"]})])
    (storage.folder("data") / DATA).write_text(lines)


def pairs(baseline):
    return [
        Comparison(f"{attack} {n}?", Answer(f"{ALL} {n}", baseline), Answer(f"{attack} {n}", ATTACKS[n % 2]), attack)
        for n, attack in enumerate(ATTACKS)
        if n % 2 == 0
    ]


def voted():
    """A panel on which two have voted, and another of a third author, so that there is a board."""
    ballots, said = Ballots(), {"tags": ATTACKS[:2], "reason": ALL}
    practice = practice_from_rows([{"prompt": ALL, "A": ATTACKS[0], "B": ALL, "better": "A", "reason": ALL}])
    more = {"guideline": "\n\n".join(ATTACKS), "practice": practice, "second_rubric": ALL, "strength": True, "differences": True}
    options = Options(raters=ATTACKS, tags=ATTACKS, repeats=0, **more)
    panels = [ballots.make_panel(ALL, pairs(author), ALL, options) for author in (ATTACKS[4], ATTACKS[5])]
    for panel in panels:
        vote_all(ballots.rater_session(Seat(panel, ATTACKS[0])), "left", **said)
        vote_all(ballots.rater_session(Seat(panel, ATTACKS[1])), "right")
    ballots.invitations.invite(panels[0], ATTACKS[0])
    return panels[0]


def judged(panel):
    """A judge that came in a file, one that failed on the way, and one whose folder cannot be read."""
    rows = [
        {
            "instruction": pair.prompt,
            "output_1": first.text,
            "output_2": second.text,
            "generator_1": first.author,
            "generator_2": second.author,
            "preference": 1 + at,
            "annotator": ALL,
            "raw_completion": ALL,
        }
        for pair in pairs(ATTACKS[4])
        for at, (first, second) in enumerate(((pair.first, pair.second), (pair.second, pair.first)))
    ]
    take_in(JudgementCache(Ballots().database), ALL, json.dumps(rows).encode())
    failed = begin(Plan(panel, Endpoint("http://127.0.0.1:9/v1", ALL), 1.0))
    storage.write_json(failed.folder / "state.json", {**FILES["state.json"], "status": "failed", "message": ALL})
    storage.write_json(storage.folder("judgings", "20200101-000000-dead") / "plan.json", {"panel": ALL, "judge": ALL})


def run(encoder):
    """A run that failed, a sweep of it, and a run whose spec cannot be read."""
    failed = {**FILES["state.json"], "status": "failed", "message": ALL}
    cuts = {field.name: ALL if field.name == "note" else 1 for field in fields(Cuts)}
    written(
        Run(storage.folder("runs", RUN)),
        {
            **{name: content for name, content in FILES.items() if name != "inputs.json"},
            "spec.json": RunSpec(model=ALL, encoder=encoder, data=DATA, steps=3).as_dict(),
            "state.json": failed,
            "ray.json": {**FILES["ray.json"], "submission": ALL},
            "summary.json": {**FILES["summary.json"], "device": ALL},
            "opened.json": {**dict.fromkeys(("layout", "writing", "tokens", "numbers"), ALL), "unchecked": 1},
            FILE: cuts,
        },
    )
    storage.write_json(storage.folder("runs", BROKEN) / "spec.json", {ATTACKS[0]: 1, ATTACKS[2]: 2})
    sweep = storage.folder("sweeps", f"20260103-030405-www.{LEAK}")
    storage.write_json(sweep / "sweep.json", {"axes": {"seed": [0, 1]}, "runs": [RUN]})
    storage.write_json(sweep / "state.json", failed)


def written(made, files):
    for name, content in files.items():
        storage.write_json(made.folder / name, content)
    for name, record in LINES.items():
        append_line(made.folder / name, record)
    for file, by in ((answers.baseline_file(made), "base"), (made.folder / "answers.jsonl", "run")):
        for n, attack in enumerate(ATTACKS):
            append_line(file, {"prompt": f"{attack} {n}?", "answer": f"{attack} by {by}"})
    (made.folder / "log.txt").write_text(ALL)
