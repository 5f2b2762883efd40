"""The `taskward` command."""
