"""ops/redis/users.acl: a server takes it, and each user may do what it is for and no more."""

from __future__ import annotations

import ast
import hashlib
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from clipsaver.queue.names import Names
from tests.ops.stage import ROOT, USERS_FILE, redis_as, rules_by_user, users_file
from tests.servers import valkey_server

CODE = ROOT / "clipsaver"
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
TEMPLATE = USERS_FILE.read_text("utf-8")
NAMES = Names("discord_clip_jobs", "worker_group")
USERS = rules_by_user()
RUN = NAMES.job("discord_clip_jobs/1-0")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that began with the file; its URL."""
    path = tmp_path_factory.mktemp("users") / "users.acl"
    path.write_text(users_file(), "utf-8")
    with valkey_server("--aclfile", str(path)) as url:
        yield url


def test_who_has_not_logged_in_may_do_nothing(server: str) -> None:
    at_once = Retry(NoBackoff(), 0)
    with redis.Redis.from_url(server, retry=at_once) as client:
        for command in (("PING",), ("XADD", NAMES.stream, "*", "job", "{}")):
            with pytest.raises(redis.AuthenticationError):
                client.execute_command(*command)


def test_a_password_that_nobody_put_in_is_refused_at_the_start() -> None:
    """A placeholder that was forgotten is no password that the world knows."""
    placeholders = re.findall(r"#\w+", TEMPLATE)
    assert len(placeholders) == len(USERS) - 1
    assert not [one for one in placeholders if re.fullmatch(r"#[0-9a-f]{64}", one)]


_NO_RIGHT = "(?i)no permissions|ACL failure in script"
ALLOWED = {
    "producer": [
        ("XADD", NAMES.stream, "*", "job", "{}"),
        ("HGETALL", RUN),
        ("WAIT", 0, 1),
    ],
    "watcher": [
        ("XRANGE", NAMES.dead, "-", "+"),
        ("EVAL", "return redis.call('XLEN', KEYS[1])", 1, NAMES.stream),
    ],
    "operator": [("XADD", NAMES.audit, "*", "action", "x"), ("DEL", NAMES.retried("1-0"))],
    "worker": [("XADD", NAMES.dead, "*", "dead", "{}")],
}
REFUSED = {
    "producer": [
        ("XRANGE", NAMES.stream, "-", "+"),
        ("XRANGE", NAMES.dead, "-", "+"),
        ("XADD", NAMES.dead, "*", "job", "{}"),
        ("XDEL", NAMES.stream, "1-0"),
        ("DEL", NAMES.stream),
        ("HSET", RUN, "state", "done"),
        ("HGETALL", NAMES.control),
        ("EVAL", "return 1", 0),
        ("FLUSHALL",),
        ("INFO",),
    ],
    "watcher": [
        ("XADD", NAMES.stream, "*", "job", "{}"),
        ("HSET", NAMES.control, "a", "drain"),
        ("EVAL", "return redis.call('XADD', KEYS[1], '*', 'job', '{}')", 1, NAMES.stream),
        ("EVAL", "return redis.call('DEL', KEYS[1])", 1, NAMES.dead),
        ("GET", "of-another-program"),
    ],
    "operator": [
        ("FLUSHDB",),
        ("CONFIG", "GET", "*"),
        ("KEYS", "*"),
        ("XREADGROUP", "GROUP", NAMES.group, "x", "STREAMS", NAMES.stream, ">"),
        ("HSET", "{clipsaver:limits:0}", "rate", "1000"),
        ("GET", "of-another-program"),
    ],
    "worker": [
        ("XRANGE", NAMES.dead, "-", "+"),
        ("DEL", NAMES.dead),
        ("EVAL", "return redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)", 1, NAMES.dead),
        ("EVAL", "return redis.call('DEL', KEYS[1])", 1, NAMES.dead),
        ("XADD", NAMES.audit, "*", "action", "x"),
        ("SET", "of-another-program", "1"),
        ("FLUSHALL",),
        ("CONFIG", "SET", "appendonly", "no"),
        ("SCRIPT", "FLUSH"),
        ("FUNCTION", "LIST"),
        ("SUBSCRIBE", "anything"),
        ("ACL", "LIST"),
        ("CLIENT", "LIST"),
        ("SHUTDOWN",),
        ("REPLICAOF", "127.0.0.1", "1"),
    ],
}


@pytest.mark.parametrize("user", ALLOWED)
def test_a_user_may_do_what_it_is_for(server: str, user: str) -> None:
    with redis.Redis.from_url(redis_as(user, server)) as client:
        for command in ALLOWED[user]:
            client.execute_command(*command)


@pytest.mark.parametrize("user", REFUSED)
def test_a_user_may_do_nothing_else(server: str, user: str) -> None:
    with redis.Redis.from_url(redis_as(user, server), protocol=3) as client:
        for command in REFUSED[user]:
            with pytest.raises(redis.ResponseError, match=_NO_RIGHT):
                client.execute_command(*command)


def test_what_the_page_has_typed_makes_the_file(tmp_path: Path) -> None:
    (typed,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "users.acl").write_text(TEMPLATE, "utf-8")
    told = subprocess.run(
        ["/bin/sh", "-eu"], input=typed, cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    hashes = dict(re.findall(r"user clipsaver-(\w+) on #([0-9a-f]{64}) ",
                             (tmp_path / "clipsaver.acl").read_text("utf-8")))  # fmt: skip
    passwords = dict(line.lower().split() for line in told.splitlines())
    assert hashes == {
        user: hashlib.sha256(password.encode()).hexdigest() for user, password in passwords.items()
    }
    assert len(hashes) == len(USERS) - 1


def test_what_the_page_names_is_there() -> None:
    """Each claim names the test that shows it."""
    named = re.findall(r"`((?:tests|ops|docs)/[\w/.]+)`", PAGE)
    assert len(named) > 20
    assert [one for one in named if not (ROOT / one).is_file()] == []


# What is granted is what is sent: no more, and no less


_CALL = re.compile(r"p?call\('([A-Z]+)'(?:, '([A-Z]+)')?")


def sent_by_scripts(files: Iterable[Path]) -> set[str]:
    found = _CALL.findall("\n".join(file.read_text("utf-8") for file in files))
    assert found
    return {f"{name}|{more}" if name in ("XGROUP", "XINFO") else name for name, more in found}


def sent_by_modules(files: Iterable[Path], commands: set[str]) -> set[str]:
    """Texts in the code that are commands of the server."""
    found: set[str] = set()
    for file in files:
        nodes = ast.walk(ast.parse(file.read_text("utf-8")))
        texts = {n.value for n in nodes if isinstance(n, ast.Constant) and type(n.value) is str}
        found |= {
            text.replace(" ", "|")
            for text in texts
            if text.isupper() and text.split(" ")[0] in commands
        }
    return found


def granted(user: str) -> set[str]:
    """Commands that a user may send, apart from those of its selectors."""
    return {rule[1:].upper() for rule in USERS[user] if rule.startswith("+")}


@pytest.fixture(scope="module")
def commands(server: str) -> set[str]:
    with redis.Redis.from_url(redis_as("admin", server), decode_responses=True) as client:
        return {name.upper() for name in client.execute_command("COMMAND LIST")}


QUEUE, LIMITS = CODE / "queue", CODE / "discord_rest/limits"
CONNECTING = {"SELECT", "CLIENT|SETNAME"}
"""SELECT where the URL names a database, SETNAME by redis-py's own connections."""
SCRIPTS_RUN = {"EVAL", "EVALSHA"}


def test_a_worker_may_send_what_its_code_sends(commands: set[str]) -> None:
    scripts = {*(QUEUE / "scripts").glob("*.lua"), *(LIMITS / "scripts").glob("*.lua")}
    scripts -= {LIMITS / "scripts/view.lua"}
    modules = {*QUEUE.glob("*.py"), *LIMITS.glob("*.py"), CODE / "doctor/stores.py"}
    modules.add(CODE / "cli/guild_scan.py")
    modules -= {LIMITS / "view.py", QUEUE / "events.py", QUEUE / "worker_statistics.py"}
    sent = sent_by_scripts(scripts) | sent_by_modules(modules, commands)
    assert granted("worker") == sent - SCRIPTS_RUN | CONNECTING


def test_an_operator_may_send_what_its_code_sends(commands: set[str]) -> None:
    shared = ("held", "line", "restoring", "depth")
    scripts = {*(QUEUE / "operating/scripts").glob("*.lua")}
    scripts |= {QUEUE / f"scripts/{name}.lua" for name in shared}
    modules = {*(QUEUE / "operating").rglob("*.py"), *(CODE / "tui/sources/live").rglob("*.py")}
    modules |= {QUEUE / f"{name}.py" for name in ("produce", "series", "server", "events", "link")}
    sent = sent_by_scripts(scripts) | sent_by_modules(modules, commands)
    assert granted("operator") == sent - SCRIPTS_RUN | CONNECTING


def test_a_watcher_may_send_nothing_that_writes(server: str) -> None:
    with redis.Redis.from_url(redis_as("admin", server), decode_responses=True) as client:
        writing = {
            one.upper() for one in client.execute_command("COMMAND LIST FILTERBY ACLCAT write")
        }
    assert granted("operator") & writing
    assert not granted("watcher") & writing


def patterns(user: str) -> set[str]:
    return {rule.partition("~")[2] for rule in USERS[user] if re.match(r"(%\w+)?~", rule)}


OF_LIMITS = {"{clipsaver:limits:*}*", "{clipsaver:invalid:*}"}
EVERY_KEY = {
    NAMES.stream, NAMES.dead, NAMES.delayed, NAMES.events, NAMES.line, f"{NAMES.line}:*",
    NAMES.audit, NAMES.cancel, NAMES.control, NAMES.job("*"), NAMES.queued("*"),
    NAMES.retried("*"), NAMES.worker("*"), NAMES.tree("*"), NAMES.series("*"),  # type: ignore[arg-type]
    NAMES.watch, NAMES.watched("*"), NAMES.lock("*"),  # type: ignore[arg-type]
}  # fmt: skip


def test_every_key_of_the_stream_is_somebodys() -> None:
    """A new one is given to those who need it."""
    public = {name for name in vars(Names) if not name.startswith("_")}
    apart = {"stream", "group", "places", "lasting", "in_line", "live", "turns", "added"}
    assert len(public - apart) + len({"stream", "line:*"}) == len(EVERY_KEY)
    assert patterns("operator") == EVERY_KEY
    assert patterns("worker") == EVERY_KEY - {NAMES.dead, NAMES.audit, NAMES.retried("*")} | (
        OF_LIMITS
    )
