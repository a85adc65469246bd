"""The commands `answers topics`, `answers voices`, `answers book` and `answers author`."""

from pathlib import Path
from typing import Annotated

import typer

from api.opening import open_bundle
from api.options import AuthorOption, BundleOption, CollectionOption, JsonOption, filter_of
from search.errors import InvalidQueryError
from search.limits import DEFAULT_LIMIT, DEFAULT_VOICES


def topics(
    topic: Annotated[
        str | None, typer.Argument(help="A topic's id, to list its threads; all topics without.")
    ] = None,
    bundle: BundleOption = None,
    collection: CollectionOption = None,
    author: AuthorOption = None,
    limit: Annotated[
        int, typer.Option("--limit", help="How many threads of a topic, 1 to 100.")
    ] = DEFAULT_LIMIT,
    map_file: Annotated[
        Path | None, typer.Option("--map", help="Draw all threads into this .html or .svg file.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """List what the archive is about, the threads of one topic, or draw a map of all threads."""
    from api.browse_output import print_topic, print_topics
    from api.schemas import TopicList, TopicView
    from api.topic_map import check_map_name, write_map

    if map_file is not None:
        if topic or collection or author:
            raise InvalidQueryError("--map draws the whole archive: give it alone")
        check_map_name(map_file)
    engine = open_bundle(bundle)
    where = filter_of(engine, collection, author)
    if map_file is not None:
        write_map(map_file, engine)
        return
    if topic is None:
        print_topics(TopicList.of(engine, where), as_json=json)
        return
    view = TopicView.of(engine, topic, where, limit=limit, cursor=None)
    print_topic(view, as_json=json)


def voices(
    query: Annotated[str, typer.Argument(help="A subject or a question.")],
    bundle: BundleOption = None,
    top_k: Annotated[
        int, typer.Option("--top-k", "-k", help="How many authors at the most, 1 to 100.")
    ] = DEFAULT_VOICES,
    json: JsonOption = False,
) -> None:
    """Quote what different authors said about a subject, one passage of each."""
    from api.browse_output import print_voices

    print_voices(open_bundle(bundle).voices(query, top_k=top_k), as_json=json)


def book(
    name: Annotated[str, typer.Argument(help="A book's title, words of it, or its slug.")],
    bundle: BundleOption = None,
    json: JsonOption = False,
) -> None:
    """List a book's questions by topic, with who answered them."""
    from api.browse_output import print_book
    from api.schemas import BookTopics

    engine = open_bundle(bundle)
    print_book(BookTopics.of(engine, engine.find_collection(name)), as_json=json)


def author(
    name: Annotated[str, typer.Argument(help="An author's name, words of it, or the slug.")],
    bundle: BundleOption = None,
    json: JsonOption = False,
) -> None:
    """Read everything that an author said, by topic."""
    from api.browse_output import print_author
    from api.schemas import AuthorTopics

    engine = open_bundle(bundle)
    print_author(AuthorTopics.of(engine, engine.find_author(name)), as_json=json)


def install(app: typer.Typer) -> None:
    """Add the commands to an application."""
    for command in (topics, voices, book, author):
        app.command()(command)
