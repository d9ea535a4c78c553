"""All that we stand on may be used as we use it, and rpo/LICENCES.md says so truly. Not legal advice: packages' own words."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement

from tests.the_map import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OPTIONAL = [
    need
    for name in ("postgres", "ray", "qlora", "oidc", "trackio", "notebook")
    for need in PROJECT["optional-dependencies"][name]
]
DIRECT = [Requirement(need) for need in (*PROJECT["dependencies"], *OPTIONAL)]
FAMILIES = {
    "Apache-2.0": r"Apache",
    "BSD": r"BSD",
    "MIT": r"\bMIT\b",
    "MPL-2.0": r"MPL|Mozilla",
    "LGPL-3.0": r"LGPL|Lesser",
    "ISC": r"\bISC\b",
    "PSF": r"PSF|Python Software Foundation",
    "NVIDIA": r"NVIDIA|Proprietary",  # comes with torch where there is a GPU
}
WEAK = {"psycopg", "psycopg-binary"}  # optional, and LGPL: used as it is, which the licence asks


def families(name):
    """The families of a package's licence, as its metadata say."""
    about = distribution(name).metadata
    kinds = [kind for kind in about.get_all("Classifier") or [] if kind.startswith("License")]
    said = " ".join([about["License-Expression"] or (about["License"] or "")[:60], *kinds])
    strong = "GPL" in re.sub(r"LGPL|Lesser General Public License", "", said)
    return {family for family, words in FAMILIES.items() if re.search(words, said)} | ({"GPL"} if strong else set())


def everything(needs):
    """The names of these packages and of all that come with them here."""
    found, waiting = set(), list(needs)
    while waiting:
        need = waiting.pop()
        if need.name.lower() in found:
            continue
        try:
            inner = distribution(need.name).requires or []
        except PackageNotFoundError:
            continue  # an extra that is not installed here
        found.add(need.name.lower())
        waiting += [part for part in map(Requirement, inner) if asked(part, need.extras)]
    return found


def asked(part, extras):
    """Whether a requirement counts here, with these extras."""
    return part.marker is None or any(part.marker.evaluate({"extra": extra}) for extra in ("", *extras))


def test_the_table_names_every_package_we_depend_on_with_its_licence():
    table = (ROOT / "rpo" / "LICENCES.md").read_text()
    named = {
        name: family for family, names in re.findall(r"^\| ([\w.-]+) \| (.+) \|$", table, re.M) for name in names.split(", ")
    }
    assert set(named) - {"packages"} == {need.name for need in DIRECT}
    for need in everything(DIRECT) & set(named):
        assert named[need] in families(need), f"{need}: {families(need)}"


@pytest.mark.parametrize("name", sorted(everything(DIRECT)))
def test_whatever_comes_along_may_be_used(name):
    assert families(name), f"{name} names no licence that we know: look it up, then name its family"
    assert "GPL" not in families(name)
    assert "LGPL-3.0" not in families(name) or name in WEAK
    assert "NVIDIA" not in families(name) or name.startswith("nvidia")
