"""Verbatim Slack and Markdown text as a small tree, and that tree as HTML, Markdown or words."""
