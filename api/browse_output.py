"""What `answers topics`, `voices`, `book` and `author` print."""

from rich.console import Console
from rich.text import Text

from api.console import brief, console, later_line
from api.output import print_json, print_remarks
from api.schemas import AuthorTopics, BookTopics, TopicList, TopicView
from search.models import AnsweredBy
from search.results import ThreadSummary, Voice, VoicesResult
from search.text.display import display, excerpt, printable

ANSWERED = {
    AnsweredBy.AUTHOR: "answered",
    AnsweredBy.OFFICIAL: "answered officially",
    AnsweredBy.COMMUNITY: "answered by readers",
    AnsweredBy.NOBODY: "waiting",
}


def print_topics(found: TopicList, *, as_json: bool) -> None:
    """Print topics with their counts and words."""
    if as_json:
        print_json(found)
        return
    out = console()
    for topic in found.topics:
        counts = f"  {topic.n_threads} threads, {topic.n_answered} answered ({topic.share:.0%})"
        out.print(Text.assemble((printable(topic.label), "bold"), (counts, "dim")))
        out.print(Text(f"   {printable(', '.join(topic.terms))}"))
        out.print(Text(f"   topic {topic.topic_id}", style="dim"))
    if not found.topics:
        out.print("Too few threads for topics.")


def print_topic(found: TopicView, *, as_json: bool) -> None:
    """Print a topic with its threads."""
    if as_json:
        print_json(found)
        return
    out = console()
    head = f"{printable(found.topic.label)}: {len(found.threads)} of {found.total} threads\n"
    out.print(Text(head, style="bold"))
    for thread in found.threads:
        _print_thread(out, thread)


def print_voices(found: VoicesResult, *, as_json: bool) -> None:
    """Print what each author said."""
    if as_json:
        print_json(found)
        return
    out = console()
    print_remarks(found)
    for voice in found.voices:
        _print_voice(out, voice)
    if not found.voices:
        out.print("No author said anything that is near enough to this.")


def _print_voice(out: Console, voice: Voice) -> None:
    """Print the passage of one author."""
    name, title = printable(voice.author.name), printable(voice.collection.title)
    sure = "" if voice.probability is None else f"  (probability {voice.probability:.2f})"
    out.print(Text.assemble((f"{voice.rank}. {name}", "bold"), f", {title}", (sure, "dim")))
    if voice.follow_up is not None:
        out.print(later_line(voice.follow_up))
    passage = voice.answer.text[voice.passage.start : voice.passage.end]
    out.print(Text(f"   {excerpt(passage, (), len(passage))[0]}"))
    out.print(Text(f"   thread {voice.thread_id}  {voice.url or ''}\n", style="dim"))


def print_book(found: BookTopics, *, as_json: bool) -> None:
    """Print a book's questions."""
    if as_json:
        print_json(found)
        return
    out = console()
    book = found.book
    counts = f"  {book.n_threads} threads, {book.n_answered} answered\n"
    out.print(Text.assemble((printable(book.title), "bold"), (counts, "dim")))
    for group in found.groups:
        out.print(Text(printable(group.label), style="bold"))
        for thread in group.threads:
            _print_thread(out, thread)


def print_author(found: AuthorTopics, *, as_json: bool) -> None:
    """Print everything that an author said."""
    if as_json:
        print_json(found)
        return
    out = console()
    counts = f"  answers {found.author.n_answered} threads\n"
    out.print(Text.assemble((printable(found.author.name), "bold"), (counts, "dim")))
    for group in found.groups:
        out.print(Text(printable(group.label), style="bold"))
        for said in group.said:
            _print_thread(out, said.thread)
            for message in said.messages:
                out.print(Text(f"{display(message.text)}\n"))


def _print_thread(out: Console, thread: ThreadSummary) -> None:
    """Print a question on a line, and below it whether it was answered."""
    out.print(Text(f"   {printable(thread.asker)} asked: {brief(thread.question)}"))
    state = f"   {ANSWERED[thread.answered_by]}  thread {thread.thread_id}\n"
    out.print(Text(state, style="dim"))
