"""Commands for a person, who has an account at a server and nothing else of it here."""
