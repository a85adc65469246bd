"""The routes, a module a resource; each asks the engine and returns what it says."""
