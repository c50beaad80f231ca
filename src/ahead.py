"""Work done ahead in a thread, while the caller does something else with what came before."""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item], count: int = 1) -> Generator[Item, None, None]:
    """The items in order, `count` of them made before they are asked for. What `items` raises is raised in its place.

    Whoever stops early closes it (`contextlib.closing`), so that the thread ends too.
    """
    thread = ThreadPoolExecutor(1)
    waiting = deque[Future[Item | None]]()
    try:
        waiting.extend(thread.submit(next, items, None) for _ in range(count + 1))
        while (item := waiting.popleft().result()) is not None:
            yield item
            waiting.append(thread.submit(next, items, None))
    finally:
        thread.shutdown(cancel_futures=True)
