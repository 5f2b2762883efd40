"""The rules of Taskward. Imports the standard library and nothing else."""
