"""The public Todo-Backend contract over Taskward's core: an example, never served by default."""
