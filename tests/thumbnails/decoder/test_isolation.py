"""What a decoder that was taken over can still do: nothing, with all layers or with those that a
system has."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clipsaver.thumbnails.decoder.decoders import Decoders, isolation_here, open_decoders
from clipsaver.thumbnails.picture.errors import Broken
from tests.thumbnails.decoder.stage import Clip, command

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="of Linux's layers")

IS_ROOT = os.geteuid() == 0
OTHERS = "/tmp/of-another"


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    async with open_decoders(command=command()) as decoders:
        yield decoders


async def attempt(decoders: Decoders, *words: object) -> str:
    """What a child said that tried something: an errno, or what it got."""
    with pytest.raises(Broken) as caught:
        await decoders.picture(Clip(" ".join(map(str, ("tries", *words)))))
    return str(caught.value)


ATTEMPTS = (
    "open /etc/passwd", "open /proc/self/environ", "create /tmp/from-a-decoder",
    f"unlink {OTHERS}", "socket", "unix-socket", "fork", "exec", f"kill {os.getpid()}",
    "stop-itself", f"prlimit {os.getpid()}", "raise-a-limit", "become-root", "unshare",
)  # fmt: skip


async def test_with_all_layers_nothing_can_be_done(decoders: Decoders) -> None:
    isolation = await decoders.start()
    if {layer.name for layer in isolation.off} & {"landlock", "seccomp"}:
        pytest.skip(f"not on this system: {isolation.off}")
    for what in ATTEMPTS:
        got = await attempt(decoders, *what.split())
        assert got in {"EPERM", "EACCES", "EMFILE", "EAGAIN"}, what


@pytest.mark.parametrize(
    ("layers", "attempts"),
    [
        ("privileges landlock", {"open /etc/passwd": "EACCES", f"create {OTHERS}": "EACCES"}),
        ("limits", {"open /etc/passwd": "EMFILE", "socket": "EMFILE", "unix-socket": "EMFILE"}),
        ("user", {f"kill {os.getpid()}": "EPERM", "open /etc/shadow": "EACCES"}),
        ("user limits", {"fork": "EAGAIN", "raise-a-limit": "EPERM"}),
        (
            "privileges seccomp",
            {
                "open /etc/passwd": "EPERM", "exec": "EPERM", f"unlink {OTHERS}": "EPERM",
                "fork": "EPERM", "socket": "EPERM", f"prlimit {os.getpid()}": "EPERM",
                f"kill {os.getpid()}": "EPERM", "unshare": "EPERM",
            },
        ),
    ],
)  # fmt: skip
async def test_each_layer_holds_alone(layers: str, attempts: dict[str, str]) -> None:
    """So that a system with only some of them is still guarded by these."""
    async with open_decoders(command=command("--only", *layers.split())) as decoders:
        isolation = await decoders.start()
        if {layer.name for layer in isolation.off} & set(layers.split()):
            pytest.skip(f"not on this system: {isolation.off}")
        for what, refusal in attempts.items():
            assert await attempt(decoders, *what.split()) == refusal, what


async def test_landlock_keeps_signals_within() -> None:
    async with open_decoders(command=command("--only", "privileges", "landlock")) as decoders:
        isolation = await decoders.start()
        if not any("no signal" in layer.words for layer in isolation.layers):
            pytest.skip("this kernel's landlock knows no signals")
        assert await attempt(decoders, "kill", os.getpid()) == "EPERM"


async def test_without_any_layer_a_picture_is_made_and_the_lack_is_told() -> None:
    async with open_decoders(command=command("--only")) as decoders:
        isolation = await decoders.start()
        assert set(isolation.reaches) >= {"files", "network", "processes"}
        await decoders.picture(Clip("picture"))
        assert await attempt(decoders, "open", "/etc/passwd") == "got 4"


async def test_with_all_layers_the_probe_reaches_nothing(decoders: Decoders) -> None:
    isolation = await decoders.start()
    if not isolation.off:
        assert isolation.reaches == ()
    assert [layer.name for layer in isolation.layers] == [
        "namespaces", "tie", "user", "privileges", "landlock", "limits", "tie", "seccomp",
    ]  # fmt: skip
    assert all(layer.words for layer in isolation.layers)


async def test_it_can_be_asked_without_a_picture() -> None:
    isolation = await isolation_here(command())
    assert {layer.name for layer in isolation.layers} >= {"limits", "seccomp"}


async def test_there_is_no_network_device_but_the_loopback() -> None:
    async with open_decoders(command=command("--only")) as decoders:
        isolation = await decoders.start()
        if "namespaces" in {layer.name for layer in isolation.off}:
            pytest.skip(f"not on this system: {isolation.off}")
        assert await attempt(decoders, "devices") == "got lo"


@pytest.mark.skipif(not IS_ROOT, reason="another user is taken by root only")
async def test_root_decodes_as_somebody_else() -> None:
    async with open_decoders(command=command("--only", "user")) as decoders:
        await decoders.start()
        assert await attempt(decoders, "uid") == "got 65533"


async def test_a_child_holds_one_socket_and_nothing_else() -> None:
    async with open_decoders(command=command("--only")) as decoders:
        assert await attempt(decoders, "descriptors") == "got 0 1 2 3"


@contextmanager
def many_descriptors() -> Iterator[None]:
    """As a worker with many connections has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    held = [os.dup(0) for _ in range(1_100)]
    try:
        yield
    finally:
        for one in held:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_also_where_the_worker_has_many_descriptors() -> None:
    with many_descriptors():
        async with open_decoders(command=command("--only")) as decoders:
            assert await attempt(decoders, "descriptors") == "got 0 1 2 3"


async def test_what_a_child_writes_to_standard_error_leads_nowhere(
    decoders: Decoders, capfd: pytest.CaptureFixture[str]
) -> None:
    assert await attempt(decoders, "write-to-stderr") == "got 10"
    assert "owned" not in capfd.readouterr().err


def environment_of(pid: int | None) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def test_no_secret_of_the_worker_is_in_the_memory_of_a_decoder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISCORD_BOT_TOKEN", "secret-of-the-worker")
    async with open_decoders(command=command()) as decoders:
        await decoders.start()
        environment = environment_of(decoders.parent_pid)
        assert b"PATH=" in environment
        assert b"secret" not in environment


async def test_a_decoder_has_no_loop_and_no_client_in_it(decoders: Decoders) -> None:
    modules = set((await attempt(decoders, "modules")).split())
    assert "got" in modules
    assert not modules & {"trio", "httpx", "asyncio", "redis", "psycopg", "structlog", "ssl"}
