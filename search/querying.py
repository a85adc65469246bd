"""Read a query as the indexes see it: without courtesies, spelt right, embedded."""

from search.encoders.base import Embeddings, Encoder, TokenEncoder
from search.ranking import Query
from search.stages import Stage, timed
from search.text.boilerplate import content
from search.text.spelling import Speller
from search.text.tokens import tokenise


class QueryReader:
    """Prepares queries for one archive."""

    def __init__(self, encoder: Encoder, speller: Speller | None = None) -> None:
        """Embed with an encoder; without a speller every word stays as it was typed."""
        self._encoder = encoder
        self._speller = speller

    def read(self, query: str) -> Query:
        """Strip greetings and thanks, as the index does, repair words and embed what is left."""
        with timed(Stage.READ):
            said = content(query).replace("\n", " ")
            says_something = bool(tokenise(said))
            text = said or query
            known = 1.0
            if self._speller is not None:
                text = self._speller.repair(text)
                known = self._speller.share_known(text)
        with timed(Stage.EMBED):
            embedding, tokens = self._embed(text)
        return Query(text, embedding, tokens, says_something=says_something, known=known)

    def _embed(self, text: str) -> tuple[Embeddings, Embeddings | None]:
        """Return the embedding of a query and, where the encoder has them, of its tokens."""
        if not isinstance(self._encoder, TokenEncoder):
            return self._encoder.encode_queries([text])[0], None
        embeddings, tokens = self._encoder.encode_queries_with_tokens([text])
        return embeddings[0], tokens[0].embeddings
