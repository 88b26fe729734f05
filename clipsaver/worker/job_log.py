"""What the log says of jobs, beside that they ended."""

from __future__ import annotations

import structlog

from clipsaver.queue import policy
from clipsaver.queue.policy import Outcome

_log = structlog.get_logger()


def tell_trouble(outcome: Outcome, error: BaseException, stage: str) -> None:
    """One line about a job that did not go well; a bug of ours comes with its traceback."""
    match outcome:
        case policy.Dead(failure):
            _log.error("job_dead", reason=failure.reason, error=failure.error, stage=stage)
        case policy.Retry(delay_s, failure):
            is_ours = failure.reason == "internal_error"
            _log.warning(
                "job_retried",
                reason=failure.reason,
                error=failure.error,
                in_s=round(delay_s, 1),
                exc_info=error if is_ours else None,
            )
        case policy.Wait(delay_s, why):
            _log.info("job_waits", why=why, error=str(error), in_s=round(delay_s, 1))
        case policy.Cancelled():
            _log.info("job_purged", why=str(error))
        case policy.Done():
            _log.warning("job_not_done_in_full", error=str(error))
        case _:
            _log.warning("job_abandoned", error=str(error))
