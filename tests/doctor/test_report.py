"""Findings in words: for a person at a terminal, for a pipe."""

from __future__ import annotations

from clipsaver.doctor.findings import Finding, exit_code, ok, problem, warning
from clipsaver.doctor.report import FEW, findings_as_json, lines
from clipsaver.errors import ExitCode

MANY = tuple(f"#c{number}" for number in range(FEW + 2))
FINDINGS = [
    ok("one", "fine", "a detail"),
    warning("other", "so so", "mend it", *MANY),
    problem("third", "bad", "mend that", ExitCode.UNREACHABLE),
    problem("fourth", "worse", "mend that, too", ExitCode.USAGE),
]


def shown(findings: list[Finding] = FINDINGS, **options: bool) -> list[str]:
    return list(lines(findings, **{"verbose": False, "colour": False, **options}))


def test_a_line_for_each_check_and_what_to_do_below_it() -> None:
    assert shown() == [
        "ok       one     fine",
        "warning  other   so so",
        *(f"                 - #c{number}" for number in range(FEW)),
        "                 - and 2 more (--verbose)",
        "                 to do: mend it",
        "problem  third   bad",
        "                 to do: mend that",
        "problem  fourth  worse",
        "                 to do: mend that, too",
        "",
        "a scan would not work: 2 problems, 1 warning",
    ]


def test_all_details_where_they_are_asked_for() -> None:
    told = shown(verbose=True)
    assert f"                 - #c{FEW + 1}" in told
    assert "                 - a detail" in told


def test_the_last_line_says_whether_a_scan_would_work() -> None:
    assert shown(FINDINGS[:1])[-1] == "a scan would work, and there is nothing to do"
    assert shown(FINDINGS[:2])[-1] == "a scan would work: 1 warning"


def test_colours_are_only_of_marks() -> None:
    told = shown(colour=True)
    assert told[0] == "\x1b[32mok\x1b[0m       one     fine"
    assert "\x1b" not in "".join(shown())


def test_strangers_text_is_not_obeyed_and_secrets_are_masked() -> None:
    odd = [warning("x", "a\x1b[31mb\nc", "postgresql://u:hunter2@h/d", "\x1b]0;t\x07e\u202ef")]
    told = "\n".join(shown(odd))
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "hunter2" not in told
    assert "hunter2" not in str(findings_as_json(odd))


def test_the_greatest_code_counts() -> None:
    assert exit_code(FINDINGS) == 3
    assert exit_code(FINDINGS[:2]) == 0
    assert findings_as_json(FINDINGS)["scan_would_work"] is False
    assert findings_as_json(FINDINGS)["exit_code"] == 3
