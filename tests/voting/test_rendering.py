"""What a model wrote can be read, and does nothing else."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpo.voting.rendering import as_html

HARMLESS = {
    *("p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTACKS = (
    "<script>fetch('https://evil.example')</script>",
    "<img src=x onerror=alert(1)>",
    "![tracking](https://evil.example/p.png)",
    "![ref][1]\n\n[1]: https://evil.example/p.png",
    "[click](javascript:alert(1))",
    "[click](https://evil.example 'title')",
    "<https://evil.example>",
    "<svg onload=alert(1)></svg>",
    "<iframe src=https://evil.example></iframe>",
    "<style>* { background: url(https://evil.example) }</style>",
    "<a href=https://evil.example>x</a>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    "$\\href{javascript:alert(1)}{x}$ $$\\includegraphics{https://evil.example}$$",
    "`` ` `` <b onmouseover=alert(1)>",
    "```html\n<script>alert(1)</script>\n```",
    "``` <img src=x onerror=alert(1)>\ncode\n```",
    "| a | <img src=x onerror=alert(1)> |\n|---|---|\n| ![](https://evil.example) | b |",
    "> <script>alert(1)</script>",
    "- <details ontoggle=alert(1) open>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    ":material/home: :red[authors] :smile:",
    "\u202etxt.exe \x00 \ufeff",
)


class Tags(HTMLParser):
    """Which tags and attributes a browser would see."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, attrs))

    def handle_decl(self, decl):
        self.seen.append(("!", decl))

    handle_comment = handle_pi = unknown_decl = handle_decl


def harmless(html):
    reader = Tags()
    reader.feed(html)
    for tag, attributes in reader.seen:
        assert tag in HARMLESS, tag
        for name, value in attributes:
            assert (tag, name) in {("code", "class"), ("ol", "start"), ("td", "style"), ("th", "style")}, (tag, name, value)
            assert name != "style" or value in ("text-align:left", "text-align:right", "text-align:center")


@pytest.mark.parametrize("text", ATTACKS)
def test_no_attack_becomes_anything_that_runs_or_fetches(text):
    harmless(as_html(text))


@given(
    st.lists(st.sampled_from(["<", ">", "[", "]", "(", ")", "!", "`", "|", "-", "\n", "\n\n", "&", '"', "'", "=", "x", *ATTACKS]))
)
def test_nor_does_any_mixture(parts):
    harmless(as_html("".join(parts)))


def test_it_reads_as_it_was_meant():
    html = as_html("# A title\n\nSome **bold** text\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```")
    for part in ("<h1>", "<strong>bold</strong>", "<ol>", "<td>1</td>", "<pre><code>code"):
        assert part in html
    assert "https://evil.example" in as_html("see https://evil.example")  # it says so, and leads nowhere
    assert as_html("5 < 6 & 7 > 2") == "<p>5 &lt; 6 &amp; 7 &gt; 2</p>\n"
    assert as_html("") == ""
