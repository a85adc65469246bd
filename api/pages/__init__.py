"""The HTML pages: each asks the engine what the API asks it, and shows it to people."""
