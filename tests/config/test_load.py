"""Where values come from, which one wins, and what is said of those that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipsaver.config import Folders, Loaded, consumer_name, load, secrets_in, storage_of
from clipsaver.config.keys import all_keys
from clipsaver.errors import ConfigError


class Place:
    """A working folder and a user's folders, all empty at first."""

    def __init__(self, root: Path) -> None:
        self.cwd = root / "cwd"
        self.folders = Folders(data=root / "data", config=root / "config", home=root / "home")
        for folder in (self.cwd, self.folders.config, self.folders.home):
            folder.mkdir()

    def load(self, path: str | None = None, **environ: str) -> Loaded:
        return load(Path(path) if path else None, environ, self.cwd, folders=self.folders)

    def problems(self, path: str | None = None, **environ: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            self.load(path, **environ)
        return [str(problem) for problem in caught.value.problems]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# --- which file ---


def test_without_any_file_everything_is_a_default(place: Place) -> None:
    loaded = place.load()
    assert loaded.file is None
    assert loaded.config.data_dir == place.folders.data
    assert dict(loaded.origins) == dict.fromkeys(all_keys(), "default")


def test_the_file_of_the_working_folder_comes_before_that_of_the_user(place: Place) -> None:
    of_user = place.folders.config / "config.toml"
    of_user.write_text("[runs]\nkeep_days = 1")
    assert place.load().config.runs.keep_days == 1
    assert place.load().origins["runs.keep_days"] == str(of_user)

    (place.cwd / "config.toml").write_text("[retry]\nmax_attempts = 2")
    loaded = place.load()
    assert loaded.config.runs.keep_days == 90
    assert loaded.config.retry.max_attempts == 2
    assert loaded.origins["retry.max_attempts"] == "config.toml"
    assert loaded.file == place.cwd / "config.toml"


def test_a_named_file_is_the_only_one(place: Place) -> None:
    (place.cwd / "config.toml").write_text("[runs]\nkeep_days = 1")
    (place.cwd / "other.toml").write_text("[retry]\nmax_attempts = 2")
    config = place.load("other.toml").config
    assert (config.runs.keep_days, config.retry.max_attempts) == (90, 2)


def test_a_named_file_that_is_missing_is_a_problem(place: Place) -> None:
    (place.cwd / "config.toml").write_text("")
    assert place.problems("nope.toml") == ["nope.toml: --config: there is no such file"]


def test_a_file_that_cannot_be_read_is_a_problem(place: Place) -> None:
    (place.cwd / "config.toml").mkdir()
    assert place.problems() == ["config.toml: file: cannot be read: Is a directory"]
    (place.cwd / "latin.toml").write_bytes('data_dir = "ü"'.encode("latin-1"))
    assert place.problems("latin.toml") == ["latin.toml: file: cannot be read: it is not UTF-8"]


def test_a_byte_order_mark_is_no_mistake(place: Place) -> None:
    (place.cwd / "config.toml").write_bytes(b"\xef\xbb\xbf[runs]\nkeep_days = 1")
    assert place.load().config.runs.keep_days == 1


# --- the environment and .env ---


def test_the_environment_overrides_dotenv_which_overrides_the_file(place: Place) -> None:
    (place.cwd / "config.toml").write_text(
        '[discord]\ntoken = "of-file"\n[redis]\nurl = "redis://of-file"\n'
        '[database]\nurl = "postgresql://of-file"'
    )
    (place.cwd / ".env").write_text(
        "DISCORD_BOT_TOKEN=of-dotenv\nREDIS_URL=redis://of-dotenv\nUNRELATED=x"
    )
    loaded = place.load(DISCORD_BOT_TOKEN="of-environ", REDIS_URL="")
    config, origins = loaded.config, loaded.origins
    assert config.discord.token == "of-environ"
    assert origins["discord.token"] == "environment variable DISCORD_BOT_TOKEN"
    assert config.redis.url == "redis://of-dotenv"
    assert origins["redis.url"] == ".env: REDIS_URL"
    assert config.database.url == "postgresql://of-file"
    assert origins["database.url"] == "config.toml"


def test_a_bad_value_of_a_variable_names_the_variable(place: Place) -> None:
    assert place.problems(REDIS_URL="localhost:6379") == [
        'environment: REDIS_URL: expected "embedded", redis://host, rediss://host, unix:///path or redis+sentinel://host,host/service_name'
    ]


def test_lines_of_dotenv_that_cannot_be_read_are_problems(place: Place) -> None:
    (place.cwd / ".env").write_text("A=1\nwhat is this\nREDIS_URL='redis://x\n")
    assert place.problems() == [
        ".env: line 2: expected NAME=value",
        ".env: line 3: the quotes of REDIS_URL do not match",
    ]


def test_a_dotenv_that_is_not_text_is_a_problem(place: Place) -> None:
    (place.cwd / ".env").write_bytes(b"A=\xff")
    assert place.problems() == [".env: file: cannot be read: it is not UTF-8"]


def test_a_virtual_environment_that_is_called_dotenv_is_no_problem(place: Place) -> None:
    (place.cwd / ".env").mkdir()
    assert place.load().config.discord.token == ""


def test_problems_of_all_places_come_together(place: Place) -> None:
    (place.cwd / "config.toml").write_text("[redis]\nstreem = 1\nlease_seconds = 1")
    (place.cwd / ".env").write_text("nonsense")
    problems = place.problems(DB_TYPE="mysql", DISCORD_BOT_TOKEN="Bot x")
    assert [problem.split(":")[0] for problem in problems] == [
        "config.toml",
        ".env",
        "environment",
        "environment",
        "config.toml",
    ]


# --- secrets and paths ---


def test_a_secret_can_be_in_a_variable_of_any_name(place: Place) -> None:
    (place.cwd / "config.toml").write_text('[discord]\ntoken = "env:A"\n[redis]\nurl = "env:B"')
    (place.cwd / ".env").write_text("A=from-dotenv\nB=redis://hidden")
    config = place.load(A="from-environ").config
    assert (config.discord.token, config.redis.url) == ("from-environ", "redis://hidden")


def test_a_secret_can_be_in_a_file_beside_the_configuration(place: Place) -> None:
    (place.folders.config / "config.toml").write_text('[discord]\ntoken = "file:token"')
    (place.folders.config / "token").write_text("abc\n")
    assert place.load().config.discord.token == "abc"


def test_a_variable_can_name_a_file_as_well(place: Place) -> None:
    (place.folders.home / "token").write_text("abc\r\n")
    (place.cwd / "here").write_text("def")
    assert place.load(DISCORD_BOT_TOKEN="file:~/token").config.discord.token == "abc"
    assert place.load(DISCORD_BOT_TOKEN="file:here").config.discord.token == "def"


def test_an_empty_secret_file_is_a_problem(place: Place) -> None:
    (place.cwd / "token").write_text("\n")
    assert place.problems(DISCORD_BOT_TOKEN="file:token") == [
        f"environment: DISCORD_BOT_TOKEN: {place.cwd}/token is empty"
    ]


def test_a_bad_url_is_reported_without_its_password(place: Place) -> None:
    (place.cwd / "config.toml").write_text(
        '[redis]\nurl = "redis://:hunter2/x@h:port"\n[database]\nurl = "mysql://u:hunter2@h"\n'
        '[discord]\ntoken = "hunter2 "'
    )
    problems = place.problems()
    assert len(problems) == 3
    assert not any("hunter2" in problem for problem in problems)


def test_secrets_do_not_show_in_a_repr_but_are_known_to_the_log(place: Place) -> None:
    config = place.load(
        DISCORD_BOT_TOKEN="tok-en",
        REDIS_URL="rediss://u:p%40ss@h",
        DATABASE_URL="password='x y' a=b",
        AWS_ACCESS_KEY_ID="AKIA",
        AWS_SECRET_ACCESS_KEY="s3/cret",
        AWS_SESSION_TOKEN="sess-ion",
    ).config
    secrets = {"tok-en", "p%40ss", "x y", "s3/cret", "sess-ion"}
    assert not any(secret in repr(config) for secret in secrets)
    assert set(secrets_in(config)) == secrets | {"p@ss"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", "data"),
        ("mine", "config/mine"),
        ("../mine", "config/../mine"),
        ("~/mine", "home/mine"),
        ("~", "home"),
        ("/abs", "/abs"),
    ],
)
def test_paths_in_the_file_are_relative_to_it(
    place: Place, tmp_path: Path, written: str, expected: str
) -> None:
    (place.folders.config / "config.toml").write_text(f'data_dir = "{written}"')
    assert place.load().config.data_dir == tmp_path / expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", "data/thumbnails"),
        ("pictures", "config/pictures"),
        ("~/pictures", "home/pictures"),
        ("/pictures", "/pictures"),
    ],
)
def test_thumbnails_are_stored_in_a_folder_beside_the_file(
    place: Place, tmp_path: Path, written: str, expected: str
) -> None:
    (place.folders.config / "config.toml").write_text(f'[thumbnails]\nstorage = "{written}"')
    assert storage_of(place.load().config) == str(tmp_path / expected)


def test_thumbnails_are_stored_in_a_bucket(place: Place) -> None:
    (place.cwd / "config.toml").write_text(
        '[thumbnails]\nstorage = "s3://pictures/a/b"\n'
        '[s3]\naccess_key_id = "env:MINE"\nsecret_access_key = "of the file"'
    )
    loaded = place.load(
        MINE="key", AWS_ENDPOINT_URL="https://m:9000", AWS_SECRET_ACCESS_KEY="stronger"
    )
    assert storage_of(loaded.config) == "s3://pictures/a/b"
    s3 = loaded.config.s3
    assert (s3.access_key_id, s3.secret_access_key) == ("key", "stronger")
    assert (s3.endpoint, s3.region) == ("https://m:9000", "us-east-1")


def test_half_a_key_is_a_problem(place: Place) -> None:
    assert place.problems(AWS_ACCESS_KEY_ID="key") == [
        "environment: AWS_ACCESS_KEY_ID: s3.secret_access_key is missing: a key needs both"
    ]
    (place.cwd / "config.toml").write_text('[s3]\nsecret_access_key = "secret"')
    assert place.problems() == [
        "config.toml: s3.secret_access_key: s3.access_key_id is missing: a key needs both"
    ]


def test_the_api_url_may_end_with_a_slash(place: Place) -> None:
    (place.cwd / "config.toml").write_text('[discord]\napi_url = "https://discord.com/api/v10/"')
    assert place.load().config.discord.api_url == "https://discord.com/api/v10"


def test_a_consumer_is_named_by_the_file_or_else_unique() -> None:
    facts = {"host": "my host:1", "pid": 7, "random_part": "a1b2"}
    assert consumer_name("mine", **facts) == "mine"
    assert consumer_name("", **facts) == "my-host-1-7-a1b2"
