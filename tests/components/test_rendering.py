"""What a model wrote can be read, and does nothing else."""

import html
import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpo.components.formulas import in_text
from rpo.components.rendering import as_html

HARMLESS = {
    *("p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
    *("math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup"),
    *("munder", "mover", "munderover", "mtable", "mtr", "mtd", "mpadded", "mphantom", "mstyle", "menclose", "mmultiscripts"),
}
DIRECTED = {"p", "li", "table", "h1", "h2", "h3", "h4", "h5", "h6"}
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
    r"$\text{<img src=x onerror=alert(1)>}$ \(\mbox{<script>alert(1)</script>}\)",
    r"$\text{&lt;img src=x onerror=alert(1)&gt;}$ $\unicode{x3c}img src=x onerror=alert(1)\unicode{x3e}$",
    r"$\href{javascript:alert(1)}{x}$ $$\class{a\" onclick=\"alert(1)}{x}$$ \[\style{background:url(https://evil.example)}{x}\]",
    r"$\color{red\" onclick=\"alert(1)}{x}$ $\newcommand{\a}{\a\a}\a$ $\genfrac{<}{>}{1em\" onclick=\"x}{0}{a}{b}$",
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
            if (tag[0] == "m" and re.fullmatch(r"[\w.+ %-]*", value)) or (tag in DIRECTED and (name, value) == ("dir", "auto")):
                continue
            assert (tag, name) in {("code", "class"), ("ol", "start"), ("td", "style"), ("th", "style")}, (tag, name, value)
            assert name != "style" or value in ("text-align:left", "text-align:right", "text-align:center")


@pytest.mark.parametrize("text", ATTACKS)
def test_no_attack_becomes_anything_that_runs_or_fetches(text):
    harmless(as_html(text))
    harmless(in_text(text))


@given(
    st.lists(
        st.sampled_from(
            [
                "<",
                ">",
                "[",
                "]",
                "(",
                ")",
                "!",
                "`",
                "|",
                "-",
                "\n",
                "\n\n",
                "&",
                '"',
                "'",
                "=",
                "x",
                "$",
                "$$",
                "\\(",
                "\\)",
                "\\[",
                "\\]",
                "\\text{",
                "}",
                *ATTACKS,
            ]
        )
    )
)
def test_nor_does_any_mixture(parts):
    harmless(as_html("".join(parts)))
    harmless(in_text("".join(parts)))


def test_it_reads_as_it_was_meant():
    html = as_html("# A title\n\nSome **bold** text\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```")
    for part in ('<h1 dir="auto">', "<strong>bold</strong>", "<ol>", "<td>1</td>", "<pre><code>code"):
        assert part in html
    assert "https://evil.example" in as_html("see https://evil.example")  # it says so, and leads nowhere
    assert as_html("5 < 6 & 7 > 2") == '<p dir="auto">5 &lt; 6 &amp; 7 &gt; 2</p>\n'
    assert as_html("") == ""


FORMULAS = {  # a text to a part of its MathML
    "$x^2$": "<msup><mi>x</mi><mn>2</mn></msup>",
    r"so \(\frac{a}{b}\)!": "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>",
    "in text $$a_1$$ too": '<math display="block">',
    "$$\nx\n=\n- 3\n$$": "<mo>−</mo><mn>3</mn>",  # by markdown's rules a heading and a list
    "\\[\na\n\\]": '<math display="block">',
    "- $a$\n- b": "<mi>a</mi>",
    r"$\text{a < b}$": "<mtext>a\xa0&lt;\xa0b</mtext>",
    r"\$5 and $x$": "<mi>x</mi>",
}
TEXTS = (  # and what is none, or is broken
    *("It costs $5 and $10.", "US$ 5 and US$ 6", "$5-$10", "in $HOME and $PATH", "$ x $", "$$", "$", "a $x", "\\("),
    *(r"$\frac{1$", r"$\frac{1}$", r"$x^$", r"$\nosuchcommand x$", r"$\left( x$", r"$\begin{matrix} a$", "$a}$", r"\[ \frac{ \]"),
    *("$" + "{" * 40 + "}" * 40 + "$", "$" + "x" * 3000 + "$", r"$\newcommand{\a}{x}\a$", "`$x$`", "    $x$"),
)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_mathml(text):
    assert FORMULAS[text] in as_html(text)


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_no_formula_stays_the_text_it_was(text):
    assert "<math" not in as_html(text)
    assert set(text.replace("`", "").split()) >= set(re.sub(r"<[^>]+>", "", html.unescape(as_html(text))).split()) or "\\" in text
    assert as_html(f"a\n\n{text}").count("<math") == 0


@pytest.mark.parametrize("text", ["$x$ " * 5000, "\\(" * 9000, "$$" * 9000, "$x " * 9000, "$" + "\\sqrt" * 300 + "x$"])
def test_many_formulas_take_no_long_time(text):
    began = time.process_time()
    as_html(text)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "block", ["שלום", "# שלום", "- שלום\n- x", "1. שלום\n\n2. x", "> שלום", "| שלום | x |\n|---|---|\n| 1 | 2 |"]
)
def test_each_block_finds_its_own_direction(block):
    html = as_html(f"Left to right.\n\n{block}")
    assert html.startswith('<p dir="auto">')
    directed = re.findall(r'<(p|li|h1|table) dir="auto">', html)
    assert len(directed) >= 2
    assert "<li>" not in html
    assert not re.search(r"<li[^>]*>\s*<p dir", html)  # a list item would not see the letters in it
