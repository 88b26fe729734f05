"""What a run prints."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence

from fuzz.run import Outcome


def summary(outcomes: Sequence[Outcome]) -> str:
    """Counts of each outcome, percentiles of time, and the most that one took."""
    counts = Counter(one.outcome for one in outcomes)
    wall_ms = sorted(one.wall_s * 1000 for one in outcomes)
    cuts = statistics.quantiles(wall_ms, n=100) if len(wall_ms) > 1 else [*wall_ms] * 99
    ratio = max(one.bytes_read / max(1, one.size) for one in outcomes)
    lines = [
        f"{len(outcomes)} mutants: "
        + ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()),
        f"ms: median {cuts[49]:.1f}, p90 {cuts[89]:.1f}, p99 {cuts[98]:.1f}, "
        f"most {wall_ms[-1]:.0f}",
        f"most memory {max(one.rss_mib for one in outcomes):.0f} MiB, "
        f"most requests {max(one.requests for one in outcomes)}, "
        f"most bytes {ratio:.2f} times the file",
    ]
    bad = [one for one in outcomes if not one.is_allowed]
    lines += [f"mutant {one.number}: {one.outcome}" for one in bad]
    lines.append(f"{len(bad)} not as they have to be" if bad else "no crash, no hang, no surprise")
    return "\n".join(lines)
