"""Layers on systems that are not this one: they say why they are off, and the rest goes on."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

import pytest

from clipsaver.thumbnails.decoder.layers import system_calls
from clipsaver.thumbnails.decoder.layers.kernel import Kernel
from clipsaver.thumbnails.decoder.layers.landlock import Landlock, ruleset
from clipsaver.thumbnails.decoder.layers.layer import Layer, try_layer
from clipsaver.thumbnails.decoder.layers.namespaces import Namespaces
from clipsaver.thumbnails.decoder.layers.order import child_layers, parent_layers
from clipsaver.thumbnails.decoder.layers.privileges import Privileges
from clipsaver.thumbnails.decoder.layers.tie import Tie
from clipsaver.thumbnails.decoder.layers.user import ID, User

NEW_USER, NEW_NET = 0x10000000, 0x40000000


class OtherKernel(Kernel):
    """Allows and refuses what a test says; changes nothing here."""

    def __init__(self, platform: str = "linux", *, refused: dict[str, int] | None = None) -> None:
        super().__init__()
        self.platform = platform
        self._refused = refused or {}
        self.calls: list[tuple[object, ...]] = []

    def call(self, name: str, *arguments: object) -> int:
        self.calls.append((name, *arguments))
        number = self._refused.get(name, 0)
        if number:
            raise OSError(number, os.strerror(number))
        return 7


class ContainerKernel(OtherKernel):
    """Root's unshare is refused without a user namespace, as for lack of CAP_SYS_ADMIN."""

    def call(self, name: str, *arguments: object) -> int:
        super().call(name, *arguments)
        (flags,) = arguments
        assert isinstance(flags, int)
        if not flags & NEW_USER:
            raise OSError(errno.EPERM, "Operation not permitted")
        return 0


class Root:
    def __init__(self, euid: int = 0) -> None:
        self.euid = euid
        self.did: list[object] = []

    def geteuid(self) -> int:
        return self.euid

    def setgroups(self, groups: list[int], /) -> None:
        self.did.append(groups)

    def setgid(self, gid: int, /) -> None:
        self.did.append(gid)

    def setuid(self, uid: int, /) -> None:
        self.did.append(uid)


def linux_layers(kernel: Kernel) -> list[Layer]:
    return [
        Namespaces(kernel, is_root=False), Privileges(kernel), Landlock(kernel),
        Tie(kernel, os.getppid()),
    ]  # fmt: skip


def test_on_macos_what_only_linux_has_is_off_and_asks_nothing_of_the_kernel() -> None:
    kernel = OtherKernel("darwin")
    states = [try_layer(layer) for layer in linux_layers(kernel)]
    states.append(try_layer(system_calls.prepared("darwin")))
    assert not any(state.is_on for state in states)
    assert all("only Linux" in state.words for state in states)
    assert kernel.calls == []


def test_a_container_that_refuses_everything_costs_only_the_layers() -> None:
    refused = dict.fromkeys(("unshare", "prctl", "capset", "syscall"), errno.EPERM)
    states = [try_layer(layer) for layer in linux_layers(OtherKernel(refused=refused))]
    assert not any(state.is_on for state in states)
    assert {state.name: state.words for state in states} == {
        "namespaces": "Operation not permitted",
        "privileges": "Operation not permitted",
        "landlock": "not in this kernel, or switched off",
        "tie": "Operation not permitted",
    }


def test_an_old_kernel_without_landlock_says_so() -> None:
    state = try_layer(Landlock(OtherKernel(refused={"syscall": errno.ENOSYS})))
    assert (state.is_on, state.words) == (False, "not in this kernel, or switched off")


def test_a_function_that_the_c_library_lacks_is_as_one_that_fails() -> None:
    with pytest.raises(OSError, match="no_such_function is not in this C library"):
        Kernel().call("no_such_function")


@pytest.mark.parametrize(
    ("version", "fields"),
    [
        (1, (0x1FFF,)),
        (2, (0x3FFF,)),
        (3, (0x7FFF,)),
        (4, (0x7FFF, 3)),
        (5, (0xFFFF, 3)),
        (6, (0xFFFF, 3, 3)),
        (9, (0xFFFF, 3, 3)),
    ],
)
def test_landlock_denies_what_its_version_knows(version: int, fields: tuple[int, ...]) -> None:
    assert ruleset(version) == fields


def test_root_takes_its_namespaces_without_one_of_users() -> None:
    kernel = OtherKernel()
    assert try_layer(Namespaces(kernel, is_root=True)).words == "network, ipc"
    ((_, flags),) = kernel.calls
    assert isinstance(flags, int)
    assert flags & NEW_NET
    assert not flags & NEW_USER


@pytest.mark.parametrize("is_root", [True, False])
def test_where_that_is_refused_a_user_namespace_is_tried(is_root: bool) -> None:
    state = try_layer(Namespaces(ContainerKernel(), is_root=is_root))
    assert (state.is_on, state.words) == (True, "user, network, ipc")


def test_root_becomes_a_user_that_nobody_is() -> None:
    accounts = Root()
    assert try_layer(User(accounts, may_kill=lambda: True)).is_on
    assert accounts.did == [[], ID, ID]
    passwd = Path("/etc/passwd").read_text().splitlines()
    assert str(ID) not in {line.split(":")[2] for line in passwd if line.count(":") > 2}


@pytest.mark.parametrize(("euid", "may_kill"), [(0, False), (1000, True)])
def test_nobody_else_becomes_another(euid: int, may_kill: bool) -> None:
    accounts = Root(euid)
    state = try_layer(User(accounts, may_kill=lambda: may_kill))
    assert not state.is_on
    assert state.words
    assert accounts.did == []


def test_without_the_package_there_is_no_seccomp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    state = try_layer(system_calls.prepared("linux"))
    assert (state.is_on, state.words) == (False, "the package pyseccomp is not installed")


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
def test_without_the_library_there_is_no_seccomp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pyseccomp", raising=False)
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None if "sec" in name else name)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_args, **_options: Libc())
    state = try_layer(system_calls.prepared("linux"))
    assert not state.is_on
    assert "libseccomp cannot be loaded" in state.words


class Libc:
    """Has every function; pyseccomp declares what they take while it is imported."""

    def __getattr__(self, name: str) -> Libc:
        made = Libc()
        setattr(self, name, made)
        return made


def test_seccomp_comes_last_and_becoming_another_user_first() -> None:
    names = [layer.name for layer in child_layers(Kernel())]
    assert names[0] == "user"
    assert names[-1] == "seccomp"
    before = names.index
    assert before("user") < before("privileges") < before("landlock") < before("limits")
    assert before("user") < before("tie")
    assert [layer.name for layer in parent_layers(Kernel())] == ["namespaces", "tie"]
