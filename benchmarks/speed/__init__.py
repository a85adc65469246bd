"""Speed and size beside what a user would take instead."""
