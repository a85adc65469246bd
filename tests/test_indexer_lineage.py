"""Every id that a thread ever had leads to what became of it, over any number of generations."""

import random
import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.lineage import carry_aliases
from indexer.threads import thread_id_of
from search.models import AnsweredBy, Message, Role, Thread

LONG_REPLY = "Use a shadow deployment and shift the traffic slowly."


@dataclass(frozen=True)
class Post:
    """A post of the source, with what stays the same whatever is edited."""

    uid: int
    text: str
    asker: str = "Ben Tester"
    collection: str = "a-book"
    replies: tuple[str, ...] = ()


def thread_of(post: Post) -> Thread:
    thread_id = thread_id_of(post.collection, post.asker, post.text)
    messages = [
        Message(
            message_id=f"{thread_id}/{number}",
            speaker=post.asker if number == 0 else "Ada Lovelace",
            role=Role.ASKER if number == 0 else Role.AUTHOR,
            text=text,
            source_ref=f"{post.collection}#{post.uid}",
            position=number,
            answers=number > 0,
        )
        for number, text in enumerate((post.text, *post.replies))
    ]
    answered = AnsweredBy.AUTHOR if post.replies else AnsweredBy.NOBODY
    refs = (f"{post.collection}#{post.uid}",)
    return Thread(thread_id, refs, (post.collection,), tuple(messages), answered)


def carry(*generations: Sequence[Post]) -> list[Thread]:
    """Build one generation after the other; return the last."""
    threads: list[Thread] = []
    for posts in generations:
        threads = carry_aliases([thread_of(post) for post in posts], threads)
    return threads


def resolve(threads: Sequence[Thread]) -> dict[str, str]:
    """Return where every id leads; no id may lead to two threads."""
    pairs = [
        (name, thread.thread_id)
        for thread in threads
        for name in (thread.thread_id, *thread.aliases)
    ]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def id_of(post: Post) -> str:
    return thread_of(post).thread_id


DEPLOY = Post(1, "How do I deploy a model to production without downtime?")
NEVER = Post(2, "Which database suits time series with many gaps?")


@pytest.mark.parametrize(
    "edited",
    [
        replace(DEPLOY, text="How do I deploy a modle to production without downtime?"),
        replace(DEPLOY, text="Hi all! How do I deploy a model to production without any downtime?"),
        replace(DEPLOY, asker="Ben T."),
        replace(DEPLOY, collection="a-book-second-edition"),
        replace(DEPLOY, text=DEPLOY.text.upper(), replies=("New reply.",)),
        replace(DEPLOY, text="Completely other words here", replies=(LONG_REPLY,)),
    ],
    ids=["typo", "words", "asker", "collection", "same id", "rewritten"],
)
def test_an_edited_thread_keeps_its_former_id(edited: Post) -> None:
    before = replace(DEPLOY, replies=(LONG_REPLY,))
    threads = carry([before, NEVER], [NEVER, edited], [edited, NEVER])
    assert resolve(threads)[id_of(DEPLOY)] == id_of(edited)
    assert resolve(threads)[id_of(NEVER)] == id_of(NEVER)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Which databse?", "Which database?"),
        ("Thnaks", "Thanks"),
        ("Favourite book", "Favorite book?"),
    ],
)
def test_a_typo_in_a_short_post(before: str, after: str) -> None:
    old, new = Post(1, before), Post(1, after)
    assert resolve(carry([old, NEVER], [new, NEVER]))[id_of(old)] == id_of(new)


def test_a_typo_that_comes_back_gives_the_id_back() -> None:
    typo = replace(DEPLOY, text=DEPLOY.text.replace("model", "modle"))
    found = resolve(carry([DEPLOY], [typo], [DEPLOY]))
    assert found == {id_of(DEPLOY): id_of(DEPLOY), id_of(typo): id_of(DEPLOY)}


def test_a_removed_thread_is_not_taken_over_by_a_similar_one() -> None:
    one = Post(1, "How do I deploy the model with docker to AWS?")
    two = Post(2, "How do I deploy the model with docker to GCP?")
    assert id_of(one) not in resolve(carry([one, two], [two]))


def test_a_removed_thread_is_not_taken_over_by_anothers_same_words() -> None:
    mine, other = Post(1, "Thank you!"), Post(2, "Thank you!", asker="Cleo Tester")
    assert id_of(mine) not in resolve(carry([mine, other], [other]))


def test_an_edited_thread_is_not_taken_over_by_anothers_same_words() -> None:
    typo = replace(DEPLOY, text=DEPLOY.text.replace("model", "modle"))
    other = replace(DEPLOY, uid=2, asker="Cleo Tester")
    assert resolve(carry([DEPLOY], [other, typo]))[id_of(DEPLOY)] == id_of(typo)


def test_a_copy_that_stays_takes_over() -> None:
    one = Post(1, "a b c d e f g h i j k l m n o p q r s t")
    two = Post(2, "a b c d e f g h i j k l m n o p q r s z")
    assert resolve(carry([one, two], [two]))[id_of(one)] == id_of(two)


def test_similar_threads_edited_at_once_each_have_one_heir() -> None:
    old = [Post(n, f"Question {n}: how do I deploy the model to cloud {n}?") for n in range(5)]
    new = [replace(post, text=post.text.replace("deploy the", "deploy a")) for post in old]
    found = resolve(carry(old, new[::-1]))
    assert [found[id_of(post)] for post in old] == [id_of(post) for post in new]


def test_posts_of_emoji_only_are_not_alike() -> None:
    one, two, three = Post(1, "🎉🎉"), Post(2, "🚀"), Post(3, "🙏")
    assert id_of(one) not in resolve(carry([one, two], [two, three]))


def test_the_id_of_a_copy_that_was_filed_elsewhere_stays() -> None:
    twin = replace(thread_of(DEPLOY), aliases=("twin",))
    assert carry_aliases([thread_of(DEPLOY)], [twin])[0].aliases == ("twin",)
    renamed = replace(thread_of(DEPLOY), thread_id="twin")
    assert carry_aliases([renamed], [twin])[0].aliases == (id_of(DEPLOY),)


def test_a_removed_thread_takes_its_ids_along() -> None:
    typo = replace(DEPLOY, text=DEPLOY.text.replace("model", "modle"))
    assert resolve(carry([typo, NEVER], [DEPLOY, NEVER], [NEVER])) == {id_of(NEVER): id_of(NEVER)}


def question(number: int) -> str:
    """Return a text that resembles no other number's."""
    generator = random.Random(number)
    lengths = [generator.randint(5, 9) for _ in range(generator.randint(4, 12))]
    return " ".join("".join(generator.choices(string.ascii_lowercase, k=n)) for n in lengths)


questions = st.integers(0, 10**9).map(question)
operations = st.one_of(
    st.tuples(st.just("insert"), questions, st.sampled_from(["Ben Tester", "Cleo Tester"])),
    st.tuples(st.just("typo"), st.integers(0, 99), st.integers(0, 99)),
    st.tuples(st.just("reply"), st.integers(0, 99), questions),
    st.tuples(st.just("remove"), st.integers(0, 99), st.none()),
    st.tuples(st.just("reorder"), st.randoms(use_true_random=False), st.none()),
)


def correct(text: str, where: int) -> str:
    """Swap two letters of one word."""
    parts = text.split()
    word = parts[where % len(parts)]
    parts[where % len(parts)] = word[:1] + word[2:3] + word[1:2] + word[3:]
    return " ".join(parts)


def edit(posts: list[Post], operation: tuple, uid: int) -> list[Post]:
    """Return the posts after one edit of the source."""
    name, first, second = operation
    if name == "insert":
        return [Post(uid, first, asker=second), *posts]
    if name == "reorder":
        return first.sample(posts, len(posts))
    if not posts:
        return posts
    place = first % len(posts)
    post = posts[place]
    after = {
        "remove": lambda: [],
        "typo": lambda: [replace(post, text=correct(post.text, second))],
        "reply": lambda: [replace(post, replies=(*post.replies, second))],
    }
    return [*posts[:place], *after[name](), *posts[place + 1 :]]


def texts_of(post: Post) -> tuple[str, ...]:
    """Return everything that stands in a post."""
    return (post.text, *post.replies)


def is_ambiguous(posts: Sequence[Post], owners: dict[str, int]) -> bool:
    """Tell whether a text of a post is, or was, another's."""
    owners = dict(owners)
    return any(
        owners.setdefault(text, post.uid) != post.uid for post in posts for text in texts_of(post)
    )


SAME_REPLY = [("reply", 0, LONG_REPLY), ("reply", 1, LONG_REPLY), ("reply", 0, LONG_REPLY)]


@settings(max_examples=150, deadline=None)
@example([DEPLOY.text, NEVER.text], [SAME_REPLY, [("typo", 0, 3), ("remove", 1, None)]])
@example(
    [DEPLOY.text], [[("insert", NEVER.text, "Ben Tester")], [("reorder", random.Random(1), None)]]
)
@example([DEPLOY.text], [[("remove", 0, None), ("insert", DEPLOY.text, "Cleo Tester")]])
@given(
    st.lists(questions, min_size=1, max_size=6, unique=True),
    st.lists(st.lists(operations, min_size=1, max_size=4), max_size=5),
)
def test_any_edits_over_any_generations(start: list[str], generations: list[list[tuple]]) -> None:
    posts = [Post(number, text) for number, text in enumerate(start)]
    threads = carry(posts)
    names = {post.uid: {id_of(post)} for post in posts}
    owners = {post.text: post.uid for post in posts}
    uids = count(len(posts))
    for edits in generations:
        for operation in edits:
            edited = edit(posts, operation, next(uids))
            if not is_ambiguous(edited, owners):
                posts = edited
                owners |= {text: post.uid for post in posts for text in texts_of(post)}
        threads = carry_aliases([thread_of(post) for post in posts], threads)
        found = resolve(threads)
        for post in posts:
            names.setdefault(post.uid, set()).add(id_of(post))
            assert {found.get(name) for name in names[post.uid]} == {id_of(post)}
        gone = names.keys() - {post.uid for post in posts}
        assert not [name for each in gone for name in names[each] if name in found]
