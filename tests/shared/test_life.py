"""The end of a service process: every task ends, also one that misses a cancellation."""

import asyncio

from kit.tasks import end_all


async def _stubborn(heard: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        heard.append("first")
    await asyncio.Event().wait()


async def _failing() -> None:
    await asyncio.sleep(0)
    raise ValueError("a bug")


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    heard: list[str] = []
    tasks = [asyncio.create_task(_stubborn(heard)), asyncio.create_task(_failing())]
    await asyncio.wait({tasks[1]})
    await end_all(tasks)
    assert heard == ["first"]
    assert all(task.done() for task in tasks)
    assert isinstance(tasks[1].exception(), ValueError)
