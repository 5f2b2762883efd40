"""A Taskward server as its users reach it: by HTTP, with tokens kept on this machine.

Knows the API and nothing of what is behind it.
"""
