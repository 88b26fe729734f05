"""What `clipsaver run` makes of its command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from clipsaver.cli.main import main
from clipsaver.config import Config

TOKEN = "c2ltdWxhdG9y.simulator.not-a-secret"


@pytest.fixture
def started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, list[Config]]]:
    """Runs the command up to where its loop would begin; its exit code, and with what it began."""
    (tmp_path / "config.toml").write_text('[metrics]\nlisten = "127.0.0.1:9464"\n')
    monkeypatch.setenv("DISCORD_BOT_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    configs: list[Config] = []

    def begin(_: object, config: Config, __: object) -> int:
        configs.append(config)
        return 0

    def start(*argv: str) -> tuple[int, list[Config]]:
        with monkeypatch.context() as patch:
            patch.setattr(trio, "run", begin)
            return main(["run", *argv]), configs

    return start


def test_metrics_are_where_the_configuration_says(
    started: Callable[..., tuple[int, list[Config]]],
) -> None:
    code, (config,) = started()
    assert (code, config.metrics.listen) == (0, "127.0.0.1:9464")


@pytest.mark.parametrize("there", ["[::1]:9465", ""])
def test_a_worker_of_several_can_have_them_elsewhere_or_not_at_all(
    started: Callable[..., tuple[int, list[Config]]], there: str
) -> None:
    code, (config,) = started("--metrics", there)
    assert (code, config.metrics.listen) == (0, there)


def test_an_address_that_is_none_is_refused(
    started: Callable[..., tuple[int, list[Config]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert started("--metrics", "9465") == (2, [])
    assert "for this port write 127.0.0.1:9465" in capsys.readouterr().err
