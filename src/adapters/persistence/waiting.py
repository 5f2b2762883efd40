from collections.abc import Callable
from contextlib import AbstractContextManager

Aside = Callable[[], AbstractContextManager[None]]
"""What a thread wraps its waiting in, so that others may compute meanwhile."""
