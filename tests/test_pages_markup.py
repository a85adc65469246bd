import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.markup.blocks import parse
from api.pages.markup.html import to_html
from api.pages.markup.markdown import to_markdown, to_words
from api.pages.markup.nodes import leaves
from search.models import Span

LINK = '<a href="https://a.example/" rel="nofollow noopener">'


def line(text: str) -> str:
    return str(to_html(parse(text), inline=True))


def html(text: str, **options: object) -> str:
    return str(to_html(parse(text), **options))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*bold* and _it_ and ~no~", "<strong>bold</strong> and <em>it</em> and <s>no</s>"),
        ("**strong** here", "<strong>strong</strong> here"),
        ("*a _b_ c*", "<strong>a <em>b</em> c</strong>"),
        ("snake_case_name", "snake_case_name"),
        ("__init__ stays", "__init__ stays"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("a*b*c", "a*b*c"),
        ("*not closed", "*not closed"),
        ("`x &amp; *y*`", "<code>x &amp; *y*</code>"),
        ("Q&amp;A &lt;b&gt; &amp;lt;", "Q&amp;A &lt;b&gt; &amp;lt;"),
        ("&unknown; &amp", "&amp;unknown; &amp;amp"),
        (":wave: :man-shrugging: :thank_you:", "👋 🤷‍♂️ :thank_you:"),
        (":wave::skin-tone-2: at 12:30:45", "👋 at 12:30:45"),
        ("<@U1|ada> in <#C1|books> <!here>", "@ada in #books @here"),
        ("<tel:100-1000|100-1000>s", "100-1000s"),
    ],
)
def test_inline(text: str, expected: str) -> None:
    assert line(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[site](https://a.example/)", f"<p>{LINK}site</a></p>"),
        ("<https://a.example/|site>", f"<p>{LINK}site</a></p>"),
        ("see https://a.example/, or", f"<p>see {LINK}https://a.example/</a>, or</p>"),
        ("(https://a.example/)", f"<p>({LINK}https://a.example/</a>)</p>"),
        ("[*b*](https://a.example/)", f"<p>{LINK}<strong>b</strong></a></p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("<javascript:alert(1)|x>", "<p>&lt;javascript:alert(1)|x&gt;</p>"),
        ("[x](//a.example)", "<p>[x](//a.example)</p>"),
    ],
)
def test_links(text: str, expected: str) -> None:
    assert html(text) == expected


def test_addresses_keep_their_underscores() -> None:
    address = "https://a.example/a_b_c?x=1&amp;y=2"
    assert 'href="https://a.example/a_b_c?x=1&amp;y=2"' in html(f"[{address}]({address})")


def test_blocks() -> None:
    text = "One\ntwo\n\n> quoted\n&gt; more\n1. first\n2) second\n- dot\n```\ncode <b>\n```"
    assert html(text) == (
        "<p>One<br>two</p><blockquote><p>quoted<br>more</p></blockquote>"
        '<ol><li value="1">first</li><li value="2">second</li></ol><ul><li>dot</li></ul>'
        "<pre><code>code &lt;b&gt;</code></pre>"
    )


def test_highlights_run_through_markup_and_entities() -> None:
    text = "a *b c* &amp; d"
    assert html(text, marks=[Span(3, 14)]) == (
        "<p>a <strong><mark>b c</mark></strong><mark> </mark><mark>&amp;</mark><mark> </mark>d</p>"
    )


def test_a_window_leaves_the_rest_out() -> None:
    text = "First.\nSecond *one*.\n\nThird."
    assert html(text, window=Span(7, 20)) == "<p>Second <strong>one</strong>.</p>"


def test_markdown_says_the_same() -> None:
    text = "*b* _i_ [x](https://a.example/) 2*3 <b>\n- item"
    expected = "**b** _i_ [x](<https://a.example/>) 2\\*3 &lt;b&gt;\n\n- item"
    assert to_markdown(parse(text)) == expected


def test_words_are_one_line() -> None:
    assert to_words(parse("*Hi*\n\n> there &amp; `so`\n1. on")) == "Hi there & so on"


@given(st.text(alphabet=st.sampled_from("ab *_~`<>|[]()&;:#@!-1.\n\"'/https"), max_size=200))
def test_leaves_are_in_order_and_stand_for_the_text(text: str) -> None:
    position = 0
    for leaf in leaves(parse(text)):
        assert position <= leaf.start <= leaf.end <= len(text)
        position = leaf.end
        if leaf.exact and "&" not in leaf.text:
            assert leaf.text == text[leaf.start : leaf.end] or text[leaf.start] in "<&:\r\n"


@given(st.text(max_size=200), st.integers(0, 200), st.integers(0, 200))
def test_marks_change_no_word(text: str, one: int, two: int) -> None:
    marked = to_html(parse(text), marks=[Span(min(one, two), max(one, two))])
    assert marked.replace("<mark>", "").replace("</mark>", "") == to_html(parse(text))


@pytest.mark.parametrize(
    "unit", ["*", "_a", "*a ", "<", "[a](", "`", "&amp;", "*_~`", "> ", "```", "- a\n"]
)
@pytest.mark.timeout(60)
def test_long_texts_are_rendered(unit: str) -> None:
    text = unit * (40_000 // len(unit))
    assert to_html(parse.__wrapped__(text))
