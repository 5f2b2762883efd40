"""Simple JWT's tables, Django's spelling of the password hashes, and the wanted sessions' tokens."""

import os
import sys
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection, transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from rest_framework_simplejwt.tokens import RefreshToken
from tasks.models import User

folder = Path(sys.argv[1])
call_command("migrate", verbosity=0)
with connection.cursor() as cursor:
    cursor.execute("UPDATE users SET password_hash = 'argon2' || password_hash")
tokens = {"access": [], "refresh": []}
with transaction.atomic():
    for kind, user_id in map(str.split, sys.stdin):
        refresh = RefreshToken.for_user(User.objects.get(id=user_id))
        tokens[kind].append(str(refresh.access_token if kind == "access" else refresh))
for kind, own in tokens.items():
    (folder / f"{kind}_tokens.txt").write_text("\n".join(own) + "\n")
