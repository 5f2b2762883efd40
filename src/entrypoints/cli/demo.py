"""An account to look around with. There is no default one: the password is random and told once."""

import secrets

from application.accounts.signup import SignupCommand
from application.tasks.add_task import AddTaskCommand
from domain.user import EmailTaken
from entrypoints.container import Container

EMAIL = "demo@taskward.example"
TASKS = (
    ("Log in on a second device", False),
    ("Log out there, and see it take effect here at once", False),
    ("Read how refresh tokens rotate", False),
    ("Make a demo account", True),
)


def open_demo_account(container: Container) -> str:
    """What to tell the operator about the demo account, made now or before."""
    password = secrets.token_urlsafe(12)
    try:
        user = container.signup()(
            SignupCommand(
                email=EMAIL,
                password=password,
                confirm_password=password,
                first_name="Demo",
                last_name="User",
                client=None,
            )
        )
    except EmailTaken:
        return f"The demo user {EMAIL} exists already; its password was told when it was made."
    add_task = container.add_task()
    for name, is_completed in TASKS:
        add_task(AddTaskCommand(user.id, name, is_completed))
    return f"Demo user: {EMAIL}  password: {password}  (told only this once)"
