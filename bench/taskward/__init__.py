"""Taskward as it is served to everybody; only its tokens are made beforehand."""
