"""A map with the data that it shows and what the encoder read of them: all that a page needs to speak of a prompt.

Not the picture (that is `charts.prompt_map`) and not kept: it is put together from what `drawing` left on disk.
"""

from dataclasses import dataclass
from pathlib import Path

from rpo.embeddings.cache import cut
from rpo.embeddings.graph import Graph
from rpo.embeddings.health import Health, examine
from rpo.embeddings.prompt_map import PromptMap
from rpo.preferences import PreferenceSet, View


@dataclass(frozen=True)
class Scene:
    """The data, their map, the nearest prompts of each (None until they are found), where the map lies on disk, and the view."""

    data: PreferenceSet
    drawn: PromptMap
    graph: Graph | None
    folder: Path
    view: View

    @property
    def place(self) -> tuple[Path, str, bool]:
        """What names the map, and how far it is, for a cache. Data of other answers to the same prompts share it."""
        return self.folder, self.drawn.method, self.graph is not None

    @property
    def texts(self) -> list[str]:
        """What the encoder reads of each prompt."""
        return [self.view.of(prompt) for prompt in self.drawn.prompts]

    def health(self) -> Health | None:
        """How far the embedding can be trusted; None until the nearest prompts are found."""
        if self.graph is None:
            return None
        longer = cut(self.drawn.prompts, self.drawn.encoder, self.view)
        return examine(self.drawn.vectors, self.graph, self.drawn.points, longer)
