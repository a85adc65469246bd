"""Readers of the formats that an archive comes in, one module each."""

from indexer.sources.reader import read_sources

__all__ = ["read_sources"]
