"""The jobs of a run, and what has to come of them."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from chaos.work import Recipe, Task, guilds_for, work_on
from clipsaver.jobs import BatchJob, decode

RECIPE = Recipe(seed=5, guilds=guilds_for(400), now=1_795_000_000)


def test_two_processes_make_the_same_world() -> None:
    one, other = RECIPE.world(), RECIPE.world()
    for channel in one.readable_channels():
        assert other.channels[channel.channel_id] == channel
        assert list(other.histories[channel.channel_id].before(None, 3)) == list(
            one.histories[channel.channel_id].before(None, 3)
        )


def test_every_job_is_one_of_the_contract_and_has_a_name_of_its_own() -> None:
    work = work_on(RECIPE.world(), 5, 400)
    jobs = [decode(task.text) for task in work.tasks]
    names = Counter(job.job_id for job in jobs)
    assert len(names) == 400
    assert set(names.values()) == {1, 2}
    assert {task.job["type"] for task in work.tasks} == {"batch", "message", "rescan", "guild"}


def test_jobs_that_share_a_channel_out_read_each_message_once() -> None:
    world = RECIPE.world()
    work = work_on(world, 5, 10_000)  # all that the world gives work for
    shared: dict[int, list[Task]] = {}
    for task in {task.job_id: task for task in work.tasks}.values():
        if task.together is not None:
            shared.setdefault(int(task.job["channel_id"]), []).append(task)
    assert len(shared) > 20
    for channel_id, tasks in shared.items():
        assert sum(task.together or 0 for task in tasks) == len(world.histories[channel_id])
        bounds = sorted(_bounds(task) for task in tasks)
        assert all(upper == lower + 1 for (_, upper), (lower, _) in pairwise(bounds))


def test_a_channel_counts_as_whole_only_where_all_of_it_is_to_be_read() -> None:
    world = RECIPE.world()
    work = work_on(world, 5, 150)  # parts of many channels are not among them
    for channel_id in work.whole:
        history = world.histories[channel_id]
        assert work.whole[channel_id] == (history.id_at(0), history.last_message_id)
    partly = {
        int(task.job["channel_id"]) for task in work.tasks if task.together is not None
    } - work.whole.keys()
    assert partly


def _bounds(task: Task) -> tuple[float, float]:
    job = decode(task.text)
    assert isinstance(job, BatchJob)
    after, before = job.after_message_id, job.before_message_id
    return (float("-inf") if after is None else int(after),
            float("inf") if before is None else int(before))  # fmt: skip
