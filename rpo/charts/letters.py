"""Texts that data bring, as letters in a Plotly picture, to which titles, names, ticks and hover texts are HTML, with links."""

import html


def letters(text: str) -> str:
    """What Plotly draws as exactly these letters.

    Not for a `hovertemplate`, which also looks for `%{…}`: give the text as the trace's `text` and name `%{text}` there.
    """
    return html.escape(text, quote=False)
