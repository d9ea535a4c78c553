"""Words have one home: every word is used by some page or picture, and every use is a word."""

import re
from pathlib import Path

from rpo.glossary import MEANINGS, meaning

ROOT = Path(__file__).parent.parent
PLACES = [*(ROOT / "pages").rglob("*.py"), *(ROOT / "rpo" / "charts").glob("*.py"), *(ROOT / "rpo" / "components").glob("*.py")]
CODE = "\n".join(path.read_text() for path in [*PLACES, ROOT / "rpo" / "spec.py", ROOT / "rpo" / "courses" / "latest.py"])


def test_every_use_is_a_word_and_every_word_is_used():
    used = set(re.findall(r"""meaning\(["']([^"']+)["']\)""", CODE))
    assert used <= set(MEANINGS)
    unused = {word for word in MEANINGS if word not in used and f'"{word}"' not in CODE}
    assert not unused, f"no page says {', '.join(sorted(unused))}"


def test_a_meaning_is_a_sentence():
    for word in MEANINGS:
        assert meaning(word).endswith(".")
        assert len(meaning(word)) < 250
