"""What granian leaves open between the main process and its workers."""

import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from typing import Any

from granian import _signals
from granian._granian import WorkerSignal
from granian.server.mp import MPServer, WorkerProcess

_POLL_SECONDS = 0.01
_REMIND_SECONDS = 1
_INTERRUPTIBLE_SECONDS = 1


class AnnouncingServer(MPServer):
    """Calls ``announce`` once a worker accepts connections, and ends the workers reliably.

    granian's own hook comes before there are workers, when a client is still turned away. And a
    worker of granian misses a SIGTERM that comes at the very moment at which it begins to serve.
    """

    announce: Callable[[], Any]

    def startup(self, *arguments: Any) -> None:
        self.main_loop_interrupt = _InterruptibleEvent()
        super().startup(*arguments)  # type: ignore[no-untyped-call] # so it is in granian

    def _spawn_workers(self, *arguments: Any) -> None:
        super()._spawn_workers(*arguments)  # type: ignore[no-untyped-call] # as above
        # Set when it shall stop, or a worker has failed.
        while not self.main_loop_interrupt.wait(_POLL_SECONDS):
            if accepts_connections(self.bind_addr, self.bind_port):
                self.announce()
                return

    def _spawn_worker(  # type: ignore[override] # MPServer has three arguments itself
        self, idx: int, target: Any, callback_loader: Callable[[int], Any]
    ) -> WorkerProcess:
        """The loader is told which of the workers it loads for, counted from 0."""
        return super()._spawn_worker(idx, target, partial(callback_loader, idx))

    def signal_handler_interrupt(self, *_: Any, **__: Any) -> None:
        """Told to stop. The thread that is interrupted may hold the lock of what it waits for."""
        self.interrupt_signal = True
        Thread(target=self.main_loop_interrupt.set, daemon=True).start()

    def _respawn_workers(self, *arguments: Any, **options: Any) -> None:
        """granian itself forgets that it was told to stop when a worker has just failed."""
        if not self.interrupt_signal:
            super()._respawn_workers(*arguments, **options)
        if self.interrupt_signal:
            self.main_loop_interrupt.set()

    def shutdown(self, exit_code: int = 0) -> None:
        """Raises SystemExit when a worker has failed, unless all has been told to stop.

        systemd tells all processes at once, and a worker may be gone before its parent knows why.
        """
        try:
            super().shutdown(exit_code)  # type: ignore[no-untyped-call] # as above
        except SystemExit:
            if not self.interrupt_signal:
                raise

    def _stop_workers(self) -> None:
        stopped = Event()
        Thread(target=self._remind_workers, args=(stopped,), daemon=True).start()
        super()._stop_workers()  # type: ignore[no-untyped-call] # as above
        stopped.set()

    def _remind_workers(self, stopped: Event) -> None:
        while not stopped.wait(_REMIND_SECONDS):
            for worker in list(self.wrks):
                worker.terminate()  # type: ignore[no-untyped-call] # as above


class _InterruptibleEvent(Event):
    """Lets the main thread handle a signal that has not interrupted its wait.

    That is one that another thread was given, as happens when a process is continued that was sent
    it while it stood still: by Ctrl-Z and kill.
    """

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is not None:
            return super().wait(timeout)
        while not super().wait(_INTERRUPTIBLE_SECONDS):
            pass
        return True


def let_workers_be_ended() -> None:
    """Else a worker begins with its parent's handlers, and SIGTERM is lost on it.

    Ctrl-C in a terminal interrupts all processes at once, and a worker that is then told to end by
    its parent as well can get stuck between the two signals: it is left to the parent.
    """
    os.register_at_fork(after_in_child=_take_signals_from_parent)
    _signals.set_sync_signals = _end_at_first_signal


def end_with_parent() -> None:
    """In a worker: end when the main process has been killed, and give the port free."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=lambda: _end_after(parent.join), daemon=True).start()


def _end_at_first_signal() -> WorkerSignal:
    """In the place of granian's own: there a second or third signal stops the worker dead.

    It holds Python's lock then, so that what is under way is cut off half a minute later. Whoever
    ends a server often signals twice: systemd tells all processes, and the parent its workers.
    """
    told_to_end = WorkerSignal()

    def end(*_: object) -> None:
        _signals.set_main_signals(signal.SIG_IGN)  # type: ignore[no-untyped-call] # so it is there
        told_to_end.set()

    _signals.set_main_signals(end)  # type: ignore[no-untyped-call] # as above
    return told_to_end


def _take_signals_from_parent() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _end_after(event: Callable[[], Any]) -> None:
    event()
    os.kill(os.getpid(), signal.SIGTERM)


def accepts_connections(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1) as connection:
            # Where nobody listens, a socket that was given this very port has reached itself.
            return bool(connection.getsockname() != connection.getpeername())
    except OSError:
        return False
