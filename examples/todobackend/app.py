"""Todo-Backend (todobackend.com) as a frontend of its own, over the same container.

It has a contract that is not Taskward's: nobody signs in, a todo has an order and a URL, and any
page may call it. The core has no order, so this frontend keeps it, in memory as long as it runs,
just as it makes one throwaway user for all of its visitors.
"""

import secrets
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urljoin

import falcon
import orjson
from falcon import Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from application.accounts.signup import SignupCommand
from application.tasks.add_task import AddTaskCommand
from application.tasks.change_task import ChangeTaskCommand
from domain.errors import DomainError, NotFound
from domain.task import Task, TaskNumber
from domain.user import UserId
from entrypoints.container import Container

App = falcon.App[Request, Response]

MAX_BYTES = 64 * 1024
MAX_NUMBER = 2**53 - 1


class Todo(BaseModel):
    """What may be sent; members of others are ignored, as the contract's clients expect."""

    model_config = ConfigDict(strict=True)

    title: str | None = None
    completed: bool | None = None
    order: Annotated[int | None, Field(ge=-(2**53), le=2**53)] = None


def create_app(container: Container) -> App:
    """The WSGI application, with a user of its own."""
    todos = Todos(container, _throwaway_user(container))
    app: App = falcon.App(middleware=[falcon.CORSMiddleware(allow_origins="*")])
    app.add_error_handler(DomainError, _refuse)
    app.add_error_handler(ValidationError, _refuse)
    app.add_route("/", todos)
    app.add_route(f"/{{number:int(min=1, max={MAX_NUMBER})}}", todos, suffix="one")
    return app


class Todos:
    def __init__(self, container: Container, user_id: UserId) -> None:
        self._list = container.list_tasks()
        self._get = container.get_task()
        self._add = container.add_task()
        self._change = container.change_task()
        self._delete = container.delete_task()
        self._user_id = user_id
        self._order: dict[TaskNumber, int] = {}

    def on_get(self, req: Request, resp: Response) -> None:
        _answer(resp, [self._todo(req, task) for task in self._tasks()])

    def on_post(self, req: Request, resp: Response) -> None:
        todo = _read(req)
        task = self._add(AddTaskCommand(self._user_id, todo.title or "", todo.completed or False))
        self._keep_order(task.number, todo)
        resp.status = falcon.HTTP_201
        _answer(resp, self._todo(req, task))

    def on_delete(self, req: Request, resp: Response) -> None:
        for task in self._tasks():
            self._delete(self._user_id, task.number)
        self._order.clear()
        _answer(resp, [])

    def on_get_one(self, req: Request, resp: Response, number: int) -> None:
        _answer(resp, self._todo(req, self._get(self._user_id, TaskNumber(number))))

    def on_patch_one(self, req: Request, resp: Response, number: int) -> None:
        todo = _read(req)
        task = self._change(
            ChangeTaskCommand(self._user_id, TaskNumber(number), todo.title, todo.completed)
        )
        self._keep_order(task.number, todo)
        _answer(resp, self._todo(req, task))

    def on_delete_one(self, req: Request, resp: Response, number: int) -> None:
        self._delete(self._user_id, TaskNumber(number))
        self._order.pop(TaskNumber(number), None)
        resp.status = falcon.HTTP_204

    def _tasks(self) -> Sequence[Task]:
        return self._list(self._user_id).tasks or ()

    def _keep_order(self, number: TaskNumber, todo: Todo) -> None:
        if todo.order is not None:
            self._order[number] = todo.order

    def _todo(self, req: Request, task: Task) -> dict[str, Any]:
        return {
            "title": task.name,
            "completed": task.is_completed,
            "order": self._order.get(task.number),
            "url": urljoin(req.prefix + "/", str(task.number)),
        }


def _throwaway_user(container: Container) -> UserId:
    password = secrets.token_urlsafe()
    email = f"todobackend-{secrets.token_hex(8)}@taskward.example"
    command = SignupCommand(email, password, password, "Todo", "Backend", client=None)
    return container.signup()(command).id


def _read(req: Request) -> Todo:
    # What is longer is cut off, and no JSON any more.
    return Todo.model_validate_json(req.bounded_stream.read(MAX_BYTES))


def _answer(resp: Response, value: object) -> None:
    resp.data = orjson.dumps(value)


def _refuse(req: Request, resp: Response, error: Exception, _: object) -> None:
    is_missing = isinstance(error, NotFound)
    resp.status = falcon.HTTP_404 if is_missing else falcon.HTTP_400
    _answer(resp, {"error": str(error) if isinstance(error, DomainError) else "Not a todo."})
