"""How results look on a terminal, and through a pipe."""

import sys

from rich.console import Console
from rich.text import Text

from search.results import Answer, FollowUpQuestion
from search.text.display import excerpt, printable

_QUESTION_CHARS = 220
_ANSWER_CHARS = 600
_PIPE_COLUMNS = 120


def console() -> Console:
    """Return the console for results."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, soft_wrap=True, width=_PIPE_COLUMNS)


def brief(question: str) -> str:
    """Return a question's beginning on one line."""
    return excerpt(question, (), _QUESTION_CHARS)[0]


def later_line(asked: FollowUpQuestion) -> Text:
    """Lay out who asked on in a thread, and what."""
    return Text(f"   later {printable(asked.asker)} asked: {brief(asked.text)}")


def answer_line(answer: Answer) -> Text:
    """Lay out who answers and what, around the sentences that answer."""
    text, spans = excerpt(answer.text, answer.highlights, _ANSWER_CHARS)
    who = f"   {printable(answer.speaker)} ({answer.role.value}): "
    line = Text.assemble((who, "cyan"), text)
    for span in spans:
        line.stylize("bold", len(who) + span.start, len(who) + span.end)
    return line
