"""Read a query as the indexes see it: without courtesies, in words of the archive, embedded."""

from collections.abc import Callable, Iterable

from search.encoders.base import Embeddings, Encoder, TokenEncoder
from search.mentions import Mention, MentionFinder
from search.ranking import Query
from search.recent import Recent
from search.stages import Stage, timed
from search.text.boilerplate import content
from search.text.languages import ForeignText
from search.text.spelling import Repaired, Speller
from search.text.synonyms import Synonyms
from search.text.syntax import plain, quoted_phrases, without_left_out
from search.text.tokens import tokenise

_Embedded = tuple[Embeddings, Embeddings | None]
_ENTRY_BYTES = 1_000


class QueryReader:
    """Prepares queries for one archive."""

    def __init__(
        self,
        encoder: Encoder,
        *,
        speller: Speller | None = None,
        synonyms: Synonyms | None = None,
        is_joined: Callable[[str], bool] = lambda word: False,
        foreign: ForeignText | None = None,
        mentions: MentionFinder | None = None,
        remember_bytes: int = 0,
    ) -> None:
        """Embed with an encoder; without a speller every word stays as it was typed.

        Args:
            encoder: Embeds what is asked.
            speller: Repairs its words.
            synonyms: Replaces what hardly anybody in the archive says.
            is_joined: Tells whether the archive has words joined by hyphens.
            foreign: Finds queries in languages that the archive is not in; they are not repaired.
            mentions: Finds books and authors that queries name; names are no part of what is asked.
            remember_bytes: How much memory embeddings of what was asked last may take.
        """
        self._encoder = encoder
        # Python takes its time to compare with a protocol.
        self._token_encoder = encoder if isinstance(encoder, TokenEncoder) else None
        self._speller = speller
        self._rewording = [
            *([synonyms.reword] if synonyms else []),
            *([speller.repair] if speller else []),
        ]
        self._is_joined = is_joined
        self._foreign = foreign
        self._mentions = mentions
        self._recent: Recent[str, _Embedded] = Recent(remember_bytes, _size)

    def read(self, query: str) -> Query:
        """Strip greetings and thanks, as the index does, repair words and embed what is left."""
        with timed(Stage.READ):
            wanted, left_out = without_left_out(
                query, is_word=self._is_word, is_joined=self._is_joined
            )
            mention = self._mention(wanted)
            foreign = self._foreign.warning(wanted) if self._foreign and mention.asks else None
            phrases = tuple(
                each for each in quoted_phrases(mention.rest) if each not in mention.titles
            )
            asked = content(plain(mention.rest)).replace("\n", " ")
            says_something = mention.asks and bool(tokenise(asked))
            repaired = Repaired(asked or mention.rest, {})
            if not foreign:
                repaired = self._repair(repaired.text, phrases)
            text = repaired.text
            if repaired.words and not mention.books:
                # A name may have been misspelt.
                mention = self._mention(text)
                text = content(plain(mention.rest)) or text
            if says_something and not foreign and not repaired.words and not phrases:
                phrases = self._only_name(text)
            known = 1.0
            if self._speller is not None:
                # A name beside a single word that nobody knows is no sign of another language.
                known = self._speller.share_known(wanted if mention.books else text)
        with timed(Stage.EMBED):
            embedding, tokens = self._recent.get(text) or self._embed(text)
        return Query(
            text,
            embedding,
            tokens,
            says_something=says_something,
            known=known,
            foreign=foreign,
            phrases=phrases,
            left_out=left_out,
            left_out_books=frozenset().union(*(self._mention(each).books for each in left_out)),
            repaired=repaired.words,
            books=mention.books,
            authors=mention.authors,
        )

    def _only_name(self, text: str) -> tuple[str, ...]:
        """Return a text that is one word which no dictionary of English has, but somebody says.

        Models know little of such a word.
        """
        return (text,) if self._speller is not None and self._speller.is_name(text) else ()

    def _is_word(self, word: str) -> bool:
        """Tell whether a word is known, as every one is without a speller."""
        return self._speller is None or self._speller.has(word)

    def _mention(self, text: str) -> Mention:
        """Return what a text names, nothing without a finder."""
        return self._mentions.find(text) if self._mentions else Mention(frozenset(), text)

    def _repair(self, text: str, phrases: Iterable[str]) -> Repaired:
        """Put words of the archive in the place of others, but not in that of quoted ones."""
        kept = frozenset(word.casefold() for phrase in phrases for word in phrase.split())
        words: dict[str, str] = {}
        for reword in self._rewording:
            repaired = reword(text, kept=kept)
            text = repaired.text
            words |= repaired.words
        return Repaired(text, words)

    def _embed(self, text: str) -> _Embedded:
        """Return the embedding of a query and, where the encoder has them, of its tokens."""
        embedding, tokens = self._encode(text)
        for each in (embedding, tokens):
            if each is not None:
                each.flags.writeable = False
        self._recent.put(text, (embedding, tokens))
        return embedding, tokens

    def _encode(self, text: str) -> _Embedded:
        """Let the encoder work."""
        if self._token_encoder is None:
            return self._encoder.encode_queries([text])[0], None
        embeddings, tokens = self._token_encoder.encode_queries_with_tokens([text])
        return embeddings[0], tokens[0].embeddings


def _size(embedded: _Embedded) -> int:
    """Return how much memory embeddings take, with what it takes to find them."""
    return _ENTRY_BYTES + sum(each.nbytes for each in embedded if each is not None)
