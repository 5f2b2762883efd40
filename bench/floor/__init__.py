"""The floor: the least that a hand-written WSGI function over sqlite3 does for the same answers.

It checks an HMAC on each request, and nothing else: no session, no log, no headers of safety.
"""
