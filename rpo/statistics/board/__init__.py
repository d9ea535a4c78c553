"""Several candidates: all authors on one board, and the difference between any two that were judged against one baseline."""

from rpo.statistics.board.differences import ScoreDifference, score_differences
from rpo.statistics.board.leaderboard import Rank, rank_authors

__all__ = ["Rank", "ScoreDifference", "rank_authors", "score_differences"]
