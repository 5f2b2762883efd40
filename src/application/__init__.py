"""What Taskward does: one use case a file, speaking to the world through ports.

Imports domain only.
"""
