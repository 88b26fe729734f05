"""A real browser, where one is on PATH: the few words of WebDriver that a look at a page needs."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromedriver")
_SWITCHES = (
    "--headless=new",
    "--no-sandbox",  # which root has to say; what it opens are pages of ours
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def is_there() -> bool:
    """Whether both programs are on PATH."""
    return all(shutil.which(program) for program in PROGRAMS)


class Browser:
    """One window."""

    def __init__(self, url: str) -> None:
        self._url = url

    def open(self, path: Path) -> None:
        self.command("url", url=path.absolute().as_uri())

    def run(self, script: str, *arguments: Any) -> Any:
        """What the body of a function returns."""
        return self.command("execute/sync", script=script, args=list(arguments))

    def run_later(self, script: str) -> Any:
        """What the body of a function hands to its last argument."""
        return self.command("execute/async", script=script, args=[])

    def resize(self, width: int, height: int) -> None:
        """The page's own size, whatever the frame takes."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.command("goog/cdp/execute", cmd="Emulation.setDeviceMetricsOverride", params=size)

    def be_dark(self, *, is_dark: bool) -> None:
        wish = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        params = {"features": [wish]}
        self.command("goog/cdp/execute", cmd="Emulation.setEmulatedMedia", params=params)

    def keys(self, text: str) -> None:
        """Pressed one after the other, wherever the focus is."""
        presses = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.command("actions", actions=[{"type": "key", "id": "keyboard", "actions": presses}])

    def picture(self, path: Path) -> None:
        """A screenshot as PNG."""
        path.write_bytes(base64.b64decode(_ask(f"{self._url}/screenshot")))

    def said(self) -> list[str]:
        """What stands in the browser's log since the last time."""
        return [entry["message"] for entry in self.command("se/log", type="browser")]

    def command(self, name: str, **parameters: Any) -> Any:
        return _ask(f"{self._url}/{name}", parameters)


@contextmanager
def open_browser(profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile for the time of the block."""
    driver = subprocess.Popen(
        ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert driver.stdout is not None
    try:
        words = next(line for line in driver.stdout if "started successfully on port" in line)
        root = f"http://127.0.0.1:{words.strip().rstrip('.').rpartition(' ')[2]}/session"
        options = {"args": [*_SWITCHES, f"--user-data-dir={profile}"]}
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        session = _ask(root, {"capabilities": {"alwaysMatch": wanted}})
        url = f"{root}/{session['sessionId']}"
        try:
            yield Browser(url)
        finally:
            with suppress(OSError):
                _ask(url, method="DELETE")
    finally:
        driver.terminate()
        driver.wait(10)
        driver.stdout.close()


def _ask(url: str, body: Any = None, method: str | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        return json.load(answer)["value"]
