"""Names on the map: where their prompts lie, large groups and coarse levels first."""

import numpy as np

from rpo.components.over_map import NAME_LETTERS, names_on

POINTS = np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 6.0], [9.0, 9.0]])


def test_a_name_stands_at_the_median_of_its_prompts_and_coarse_levels_come_first():
    found = names_on(POINTS, [("a", "a", "a", "b"), ("x", "y", "y", "")], "map")
    names = [["a", 2.0, 0.0, False], ["b", 9.0, 9.0, False], ["y", 3.0, 3.0, True], ["x", 0.0, 0.0, True]]
    assert found == {"chart": "map", "extent": 9.0, "names": names}


def test_a_group_of_all_prompts_names_nothing_and_long_names_are_cut():
    assert names_on(POINTS, [("all",) * 4], "map")["names"] == []
    ((name, *_), _) = names_on(POINTS, [("n" * 99, "n" * 99, "n" * 99, "b")], "map")["names"]
    assert len(name) == NAME_LETTERS
