"""Every front door: command line, HTTP, pages; no logic of their own."""
