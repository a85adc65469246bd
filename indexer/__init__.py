"""Read an archive, understand it, and build the index that `search` reads."""
