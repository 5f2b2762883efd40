"""The tables that are there already, hence not managed."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class User(AbstractBaseUser):
    id = models.BigIntegerField(primary_key=True)
    email = models.TextField(unique=True)
    first_name = models.TextField()
    last_name = models.TextField()
    password = models.TextField(db_column="password_hash")
    created_at = models.TextField()
    disabled_at = models.TextField(null=True)
    last_login = None

    USERNAME_FIELD = "email"

    objects = BaseUserManager()

    class Meta:
        managed = False
        db_table = "users"

    @property
    def is_active(self):
        return self.disabled_at is None


class Task(models.Model):
    pk = models.CompositePrimaryKey("user_id", "number")
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    number = models.BigIntegerField()
    name = models.TextField()
    is_completed = models.BooleanField(default=False)
    ts = models.TextField()
    version = models.BigIntegerField(default=1)

    class Meta:
        managed = False
        db_table = "tasks"
        ordering = ["number"]
