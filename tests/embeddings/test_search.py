"""Search: all that is found lights up, however few of it are listed."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from rpo.embeddings import SEARCH_WAYS, PromptMap, Scene
from rpo.embeddings.search import LISTED
from rpo.preferences import View, load


def test_more_hits_than_are_listed_all_light_up():
    count = LISTED + 50
    prompts = tuple(f"Coffee {n}?" if n % 2 else f"Tea {n}?" for n in range(2 * count))
    drawn = PromptMap(prompts, np.eye(len(prompts), 4, dtype=np.float32), np.zeros((len(prompts), 2)), "letters", 0, "pca")
    rows = load("embedded").rows
    data = replace(
        load("embedded"), rows=rows.select([0] * len(prompts)).remove_columns("prompt").add_column("prompt", list(prompts))
    )
    found = SEARCH_WAYS["words"](Scene(data, drawn, None, Path("map"), View.WHOLE), "COFFEE")
    assert (len(found.listed), int(found.among(None, len(prompts)).sum())) == (LISTED, count)
    assert str(count) in found.said
