import re

import orjson
from falcon import HTTP_201, HTTP_204, HTTP_304, Request, Response

from application.tasks.add_task import AddTask, AddTaskCommand
from application.tasks.change_task import ChangeTask, ChangeTaskCommand
from application.tasks.delete_task import DeleteTask
from application.tasks.get_task import GetTask
from application.tasks.list_tasks import ListTasks
from domain.task import (
    InvalidTask,
    Task,
    TaskNotFound,
    TaskNumber,
    TooManyTaskChanges,
    TooManyTasks,
)
from entrypoints.http.authentication import caller
from entrypoints.http.if_none_match import IfNoneMatch, entity_tag
from entrypoints.http.known_lists import KnownList, KnownLists
from entrypoints.http.operation import Access, Answer, Link, Operation, operation
from entrypoints.http.request_body import read_body
from entrypoints.http.schemas import AddTaskRequest, ChangeTaskRequest, TaskAnswer

_OF_THIS = {"number": "$response.body#/id"}
_THIS_NEXT = (
    Link("getTask", _OF_THIS),
    Link("changeTask", body={"id": "$response.body#/id"}),
    Link("deleteTask", _OF_THIS),
)
_NUMBER = re.compile(r"[1-9][0-9]{0,14}")


class TasksResource:
    def __init__(
        self,
        list_tasks: ListTasks,
        add_task: AddTask,
        change_task: ChangeTask,
        known_lists: KnownLists,
    ) -> None:
        self._list_tasks = list_tasks
        self._add_task = add_task
        self._change_task = change_task
        self._known_lists = known_lists

    @operation(
        Operation(
            id="listTasks",
            summary="All of your tasks",
            access=Access.SIGNED_IN,
            answer=Answer(
                200,
                "The tasks, by number.",
                list[TaskAnswer],
                headers={"ETag": "Changes whenever a task does"},
                conditional=True,
                links=(Link("getTask", {"number": "$response.body#/0/id"}),),
            ),
        )
    )
    def on_get(self, req: Request, resp: Response) -> None:
        access = caller(req)
        wanted = IfNoneMatch(req)
        known = self._known_lists.of_session(access.session_id)
        task_list = self._list_tasks(access.user_id, (known.revision, *wanted.versions))
        resp.set_header("ETag", entity_tag(task_list.revision))
        if task_list.tasks is not None:
            known = KnownList(task_list.revision, _json([*map(task_answer, task_list.tasks)]))
            self._known_lists.keep(access.session_id, known)
        if wanted.matches(task_list.revision):
            resp.status = HTTP_304
        else:
            resp.data = known.body

    @operation(
        Operation(
            id="addTask",
            summary="Add a task",
            access=Access.SIGNED_IN,
            body=AddTaskRequest,
            answer=Answer(
                201,
                "The task.",
                TaskAnswer,
                headers={"Location": "Where the task is from now on"},
                links=_THIS_NEXT,
            ),
            errors=(InvalidTask, TooManyTasks, TooManyTaskChanges),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        body = read_body(req, AddTaskRequest)
        access = caller(req)
        task = self._add_task(
            AddTaskCommand(access.user_id, body.name, body.is_completed, body.ts, access)
        )
        resp.status = HTTP_201
        resp.location = f"/api/tasks/{task.number}"
        resp.data = _json(task_answer(task))

    @operation(
        Operation(
            id="changeTask",
            summary="Change what is sent of a task, and keep the rest",
            access=Access.SIGNED_IN,
            body=ChangeTaskRequest,
            answer=Answer(200, "The task as it is now.", TaskAnswer, links=_THIS_NEXT),
            errors=(InvalidTask, TaskNotFound, TooManyTaskChanges),
        )
    )
    def on_put(self, req: Request, resp: Response) -> None:
        body = read_body(req, ChangeTaskRequest)
        access = caller(req)
        task = self._change_task(
            ChangeTaskCommand(
                user_id=access.user_id,
                number=TaskNumber(body.id),
                name=body.name,
                is_completed=body.is_completed,
                ts=body.ts,
                caller=access,
            )
        )
        resp.data = _json(task_answer(task))


class TaskResource:
    def __init__(self, get_task: GetTask, delete_task: DeleteTask) -> None:
        self._get_task = get_task
        self._delete_task = delete_task

    @operation(
        Operation(
            id="getTask",
            summary="One task",
            access=Access.SIGNED_IN,
            answer=Answer(
                200,
                "The task.",
                TaskAnswer,
                headers={"ETag": "Changes whenever the task does"},
                conditional=True,
                links=_THIS_NEXT,
            ),
            errors=(TaskNotFound,),
        )
    )
    def on_get(self, req: Request, resp: Response, number: str) -> None:
        task = self._get_task(caller(req).user_id, _task_number(number))
        resp.set_header("ETag", entity_tag(task.version))
        if IfNoneMatch(req).matches(task.version):
            resp.status = HTTP_304
        else:
            resp.data = _json(task_answer(task))

    @operation(
        Operation(
            id="deleteTask",
            summary="Delete a task",
            access=Access.SIGNED_IN,
            answer=Answer(204, "The task is gone. Its number is never used again."),
            errors=(TaskNotFound, TooManyTaskChanges),
        )
    )
    def on_delete(self, req: Request, resp: Response, number: str) -> None:
        access = caller(req)
        self._delete_task(access.user_id, _task_number(number), access)
        resp.status = HTTP_204


def _task_number(text: str) -> TaskNumber:
    if not _NUMBER.fullmatch(text):
        raise TaskNotFound
    return TaskNumber(int(text))


def task_answer(task: Task) -> TaskAnswer:
    return {
        "id": task.number,
        "name": task.name,
        "isCompleted": task.is_completed,
        "ts": task.ts,
        "version": task.version,
    }


def _json(answer: TaskAnswer | list[TaskAnswer]) -> bytes:
    return orjson.dumps(answer, option=orjson.OPT_UTC_Z)
