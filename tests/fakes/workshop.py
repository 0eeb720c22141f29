"""A workshop that does its work at once, in the test's own process."""

import pickle
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


class Bench:
    """See engine.ports.workshop.Workshop. What goes in and comes out is pickled, as it is on the way to another process."""

    def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        sent_work, sent_args, sent_kwargs = pickle.loads(pickle.dumps((work, args, kwargs)))
        return cast(T, pickle.loads(pickle.dumps(sent_work(*sent_args, **sent_kwargs))))

    def close(self) -> None:
        """There is nothing to stop."""
