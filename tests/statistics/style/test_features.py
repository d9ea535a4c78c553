"""What is counted of an answer's looks."""

import pytest

from rpo.statistics import Feature, style_of


@pytest.mark.parametrize(
    ("text", "lists", "headings", "bold"),
    [
        ("", 0, 0, 0),
        ("Plain words, 3 * 4 = 12 and 2 - 1.", 0, 0, 0),
        ("- one\n- two\n  * inner\n+ plus", 4, 0, 0),
        ("1. one\n2) two\n10. ten", 3, 0, 0),
        ("-no item\n1.5 litres\n---\n**bold** first", 0, 0, 1),
        ("# Title\n## Part\n#hashtag\n####### seven", 0, 2, 0),
        ("**a b** and __c__ but not snake__case__name or ** spaced **", 0, 0, 2),
        ("* **Both**: of them", 1, 0, 1),
        ("```python\n# comment\n- x\n**y**\n```\n# After", 0, 1, 0),
        ("```\n# never closed", 0, 0, 0),
    ],
)
def test_markup_is_counted(text, lists, headings, bold):
    counts = {Feature.LENGTH: len(text), Feature.LISTS: lists, Feature.HEADINGS: headings, Feature.BOLD: bold}
    assert style_of(text).counts == counts
