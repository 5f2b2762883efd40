"""The ports in memory: honest about errors, transactions and races, and without any mock."""
