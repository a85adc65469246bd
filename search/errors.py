"""Errors that users meet, and how each front door reports them.

::

    AnswersError                                          exit   HTTP
    ├── InvalidQueryError      (also ValueError)             2    422
    ├── NotFoundError                                        2    404
    ├── BundleNotFoundError                                  3    503
    ├── BundleMismatchError                                  4    503
    ├── ModelUnavailableError                                5    503
    ├── CorpusError                                          6    500
    ├── StorageError                                        74    503
    └── BundleLockedError                                   75    503

Every message names what was wrong, which value it was and what to do about it.
"""


class AnswersError(Exception):
    """Base of all errors whose message is fit for a user."""

    exit_code = 1
    http_status = 500


class InvalidQueryError(AnswersError, ValueError):
    """A query, limit or filter is outside what the engine accepts."""

    exit_code = 2
    http_status = 422


class NotFoundError(AnswersError):
    """No thread, book or author has this name."""

    exit_code = 2
    http_status = 404


class BundleNotFoundError(AnswersError):
    """There is no bundle at the given place."""

    exit_code = 3
    http_status = 503


class BundleMismatchError(AnswersError):
    """The bundle on disk is damaged or was built with something else."""

    exit_code = 4
    http_status = 503


class ModelUnavailableError(AnswersError):
    """The encoder's weights are missing, damaged or not readable."""

    exit_code = 5
    http_status = 503


class CorpusError(AnswersError):
    """A source cannot be read at all."""

    exit_code = 6


class StorageError(AnswersError):
    """The disk is full, read-only or fails."""

    exit_code = 74
    http_status = 503


class BundleLockedError(AnswersError):
    """Another process is writing this bundle."""

    exit_code = 75
    http_status = 503
