"""Parts of an object that are made when they are first used, whichever thread that is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

Part = TypeVar("Part")


class made_once(Generic[Part]):
    """A `cached_property` that is computed once. Since Python 3.12, `functools`' own gives two
    threads that ask at the same time two objects, and nobody closes one of them."""

    def __init__(self, make: Callable[[Any], Part]) -> None:
        self.__doc__ = make.__doc__
        self._make = make
        self._making = threading.RLock()

    @overload
    def __get__(self, owner: None, kind: type[object]) -> Self: ...
    @overload
    def __get__(self, owner: object, kind: type[object]) -> Part: ...
    def __get__(self, owner: object | None, kind: type[object]) -> Self | Part:
        if owner is None:
            return self
        parts, name = owner.__dict__, self._make.__name__
        with self._making:
            if name not in parts:
                parts[name] = self._make(owner)
            found: Part = parts[name]
        return found
