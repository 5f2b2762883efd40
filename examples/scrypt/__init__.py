"""Taskward with an adapter of one's own: passwords are hashed by scrypt. An example."""
