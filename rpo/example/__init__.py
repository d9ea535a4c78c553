"""An example run and a panel of its answers, which come with the package: a fresh home has something to watch and to judge."""

from rpo.example.install import install, remove
from rpo.example.words import ABOUT_RULES, ABOUT_RUN, ABOUT_VOTES, RULES

__all__ = ["ABOUT_RULES", "ABOUT_RUN", "ABOUT_VOTES", "RULES", "install", "remove"]
