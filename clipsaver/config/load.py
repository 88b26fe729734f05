"""Reads what the configuration is made of, and nothing else: `check` decides."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from clipsaver.config import dotenv
from clipsaver.config.check import Checks, Given, Unusable, build, flatten
from clipsaver.config.environment import overrides
from clipsaver.config.keys import all_keys
from clipsaver.config.model import Config
from clipsaver.errors import ConfigError, Problem

FILE_NAME = "config.toml"
DEFAULT = "default"
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where this user's files are."""

    data: Path
    config: Path
    home: Path


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that can be used, and where it is from."""

    config: Config
    origins: Mapping[str, str]
    """For each dotted key `default`, a file, `environment variable NAME` or `.env: NAME`."""
    file: Path | None
    """The TOML file that was read, if there was one."""


def users_folders() -> Folders:
    """The folders of the user who runs this process, as the platform has it."""
    return Folders(
        data=platformdirs.user_data_path("clipsaver", appauthor=False),
        config=platformdirs.user_config_path("clipsaver", appauthor=False),
        home=Path.home(),
    )


def load(
    path: Path | None,
    environ: Mapping[str, str],
    cwd: Path,
    *,
    folders: Folders | None = None,
    checks: Checks | None = None,
) -> Loaded:
    """The configuration in force.

    From the strongest to the weakest: `environ`, `./.env`, one TOML file, the defaults. The file is
    `path`; without it `./config.toml`, else the one in the user's config folder, else none.
    `checks` are more than this package has, whose problems come with the others.
    Raises ConfigError with every problem at once.
    """
    folders = folders or users_folders()
    return _Loading(environ, cwd, folders, checks).run(path)


class _Loading:
    """The state of one load: the problems found so far, and what references are resolved with."""

    def __init__(
        self, environ: Mapping[str, str], cwd: Path, folders: Folders, checks: Checks | None
    ) -> None:
        self._environ = environ
        self._cwd = cwd
        self._folders = folders
        self._checks = checks
        self._problems: list[Problem] = []
        self._variables: dict[str, str] = dict(environ)
        self._file: Path | None = None

    def run(self, path: Path | None) -> Loaded:
        given = self._from_file(path)
        given |= self._from_environment()
        config, problems = build(
            given,
            default_data_dir=self._folders.data,
            resolve=self._resolve,
            locate=self._locate,
            checks=self._checks,
        )
        self._problems += problems
        if config is None or self._problems:
            raise ConfigError(tuple(self._problems))
        origins = {key: _origin(given.get(key)) for key in all_keys()}
        return Loaded(config, origins, self._file)

    def _from_file(self, path: Path | None) -> dict[str, Given]:
        candidates = [self._cwd / FILE_NAME, self._folders.config / FILE_NAME]
        for candidate in [self._cwd / path] if path else candidates:
            where = self._shown(candidate)
            try:
                text = candidate.read_bytes().decode("utf-8-sig")
            except (FileNotFoundError, NotADirectoryError):
                continue
            except (OSError, UnicodeDecodeError) as error:
                self._problem(where, "file", _why_unreadable(error))
                return {}
            self._file = candidate
            return self._parsed(text, where)
        if path is not None:
            self._problem(str(path), "--config", "there is no such file")
        return {}

    def _parsed(self, text: str, where: str) -> dict[str, Given]:
        try:
            table: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            place = _TOML_PLACE.search(str(error))
            said = _TOML_PLACE.sub("", str(error))
            if place and place[1]:
                self._problem(where, f"line {place[1]}", f"{said} (column {place[2]})")
            else:
                self._problem(where, "end of the file", said)
            return {}
        given, problems = flatten(table, where)
        self._problems += problems
        return given

    def _from_environment(self) -> dict[str, Given]:
        path = self._cwd / ".env"
        values: dict[str, str] = {}
        try:
            values, bad = dotenv.parse(path.read_bytes().decode("utf-8"))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            bad = ()  # a folder of that name is somebody's virtual environment
        except (OSError, UnicodeDecodeError) as error:
            self._problem(".env", "file", _why_unreadable(error))
            bad = ()
        for line in bad:
            self._problem(".env", f"line {line.number}", line.message)
        self._variables = {**values, **self._environ}
        found, problems = overrides(
            self._environ,
            values,
            dotenv_path=".env",
            resolve=lambda text: self._resolve(Given(text, "environment", "")),
        )
        self._problems += problems
        return {key: Given(each.value, each.where, each.variable) for key, each in found.items()}

    def _resolve(self, given: Given) -> str:
        """The text that `env:NAME` or `file:PATH` stands for; any other text is itself."""
        text = str(given.value)
        kind, _, rest = text.partition(":")
        if kind == "env":
            if not self._variables.get(rest):
                raise Unusable(f"the environment variable {rest} is not set")
            return self._variables[rest]
        if kind == "file":
            path = self._absolute(rest, given)
            try:
                content = path.read_bytes().decode("utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise Unusable(f"{path}: {_why_unreadable(error)}") from None
            content = content.removesuffix("\n").removesuffix("\r")
            if not content:
                raise Unusable(f"{path} is empty")
            return content
        return text

    def _locate(self, given: Given) -> Path:
        return self._absolute(given.value, given)

    def _absolute(self, written: str, given: Given) -> Path:
        """Paths in the file are relative to it, so that they mean the same wherever we start."""
        if "\0" in written:
            raise Unusable("a path has no NUL characters")
        if written == "~" or written.startswith("~/"):
            return self._folders.home / written[2:]
        in_file = self._file is not None and given.where == self._shown(self._file)
        folder = self._file.parent if in_file and self._file else self._cwd
        return folder / written

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(self._cwd) if path.is_relative_to(self._cwd) else path)

    def _problem(self, where: str, key: str, message: str) -> None:
        self._problems.append(Problem(where, key, message))


def _origin(given: Given | None) -> str:
    if given is None:
        return DEFAULT
    if given.where == "environment":
        return f"environment variable {given.name}"
    return given.where if "." in given.name else f"{given.where}: {given.name}"


def _why_unreadable(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror}"
    return "cannot be read: it is not UTF-8"
