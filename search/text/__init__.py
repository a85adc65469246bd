"""Pure functions over text that the index and the query share."""
