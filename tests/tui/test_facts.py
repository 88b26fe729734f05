"""What a dialog says of a wish."""

from __future__ import annotations

import pytest

from clipsaver.tui.sources.facts import of_letters
from clipsaver.tui.sources.wishes import Deed, Wish
from tests.tui.viewmodel.made import letter


@pytest.mark.parametrize(
    ("deed", "reason", "is_risky"),
    [
        (Deed.RETRY, "poisoned", True),
        (Deed.RETRY, "not_found", False),
        (Deed.DROP_LETTER, "poisoned", False),
    ],
)
def test_a_retry_of_what_took_workers_down_is_risky(
    deed: Deed, reason: str, is_risky: bool
) -> None:
    preview = of_letters(Wish(deed, ("1-0", "2-0")), [letter("1-0"), letter("2-0", reason=reason)])
    assert (preview.count, preview.is_risky) == (2, is_risky)
    assert ("risk" in dict(preview.facts)) is is_risky
