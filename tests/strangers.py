"""A thousand texts of strangers who mean no good: as names, filenames, titles, messages, errors.

Always the same ones, in the same order: each bait as it is, in a filename, behind a number, …
"""

# ruff: noqa: E501, RUF001 - rows of baits read best by families, and these signs are meant
from __future__ import annotations

import re

TAKEN = "taken"
"""What a document is called, or a script sets, where one of the texts took effect."""

_TERMINAL = (
    "\x1b[2J\x1b[1;1Hgone", "\x1b[31mred", "\x1b[8mhidden", "\x1b[?1049h", "\x1b[?25l", "\x1b[6n",
    "\x1b[>c", "\x1b[5i", "\x1b[20t", "\x1b[3;1Hfake row", "\x1b[1A\x1b[2Kover", "\x1b[4h",
    "\x1b]0;taken\x07", "\x1b]2;taken\x1b\\", "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]52;c;dGFrZW4=\x07", "\x1b]52;p;?\x07", "\x1b]4;1;rgb:ff/00/00\x07", "\x1b]11;?\x1b\\",
    "\x1b]1337;File=inline=1:AAAA\x07", "\x1b]9;taken\x07", "\x1b]777;notify;a;b\x07",
    "\x1b]50;#taken\x07", "\x1b]unfinished", "\x1bPq#0;2;0;0;0\x1b\\", "\x1bP+q544e\x1b\\",
    "\x1bP$qm\x1b\\", "\x1b_Ga=T,f=24;AAAA\x1b\\", "\x1b^private\x1b\\", "\x1bXstart\x1b\\",
    "\x1bc", "\x1b(0lqk", "\x1b#8", "\x1b7\x1b[99;99H\x1b8", "\x1b=\x1b>", "\x1bZ", "\x1b\x1b[31m",
    "\x1b", "\x1b[", "\x1b[200~rm -rf ~\r\x1b[201~", "\x1b[?2004l", "\x1b[?1000h", "\x1b[?1003h",
    "\x9b31mred", "\x9b2J", "\x9d0;taken\x9c", "\x9d52;c;dGFrZW4=\x07", "\x90q#0\x9c",
    "\x9fGa=T\x9c", "\x9e\x9c", "\x98\x9c", "\x84\x85\x8d\x8e\x8f", "\x07\x07bell", "\x08\x08\x08back",
    "\x0e\x0fshift", "\x05answer", "\x7f\x7fdelete", "\x0b\x0cfeeds", "\x1b[38;2;1;2;3;4m",
    "a\rover the line", "one\ntwo", "one\r\nfake=row level=error", "\ttab\tstops", "\x1c\x1d\x1e\x1f",
)  # fmt: skip
_MARKUP = (
    "[red]red[/red]", "[@click=app.quit]quit[/]", "[@click=app.bell()]bell[/@click]",
    "[link=http://evil.example]x[/link]", "[on red blink]x", "[/]", "[/red]", "[", "]", "[[", "\\[b]",
    "[bold", "[$error]x[/]", "[b][i][u]x", "[#ff0000]x", "[@click=screen.dismiss(True)]y", ":skull:",
    "**bold** ||spoiler|| `code`", "<@397177100697600021> <#1> @everyone", "{0} {x!r} %s %(a)s $a ${a}",
)  # fmt: skip
_HTML = (
    "<script>document.title='taken'</script>", "</script><script>document.title='taken'</script>",
    "<img src=x onerror=\"document.title='taken'\">", "\"><svg onload=document.title='taken'>",
    "' onmouseover='document.title=\"taken\"", "\" autofocus onfocus=document.title='taken' x=\"",
    "<!--<script>", "-->", "]]>", "<![CDATA[x", "</title><h1>taken", "</style><b>", "</textarea>",
    "<iframe srcdoc=\"<script>parent.document.title='taken'</script>\">", "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>", "<a href=javascript:alert(1)>x</a>",
    "javascript:document.title='taken'//", "JaVaScRiPt&colon;alert(1)", "data:text/html,<script>1</script>",
    "//evil.example/x.mp4", "https://evil.example/?a=1&b=2#c", "&lt;b&gt; &amp;#60; &quot;", "&#x3c;b&#x3e;",
    "\\u003cscript\\u003e", "\\x3cscript\\x3e", "`${document.title='taken'}`", "{{7*7}}", "<%= 1 %>",
    "\u2028document.title='taken'", "\u2029*/", "\\\"};document.title='taken'//", "\\", "\"", "'", "`",
    "</sCrIpT ><ScRiPt>", "<style>*{display:none}</style>", "expression(1)", "url(//evil.example)",
    "__proto__", "constructor", "toString", "null", "undefined", "NaN", "true", "[object Object]",
)  # fmt: skip
_FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1,1)", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://evil.example\")",
    "=IMPORTXML(\"http://evil.example\",\"//a\")", "=WEBSERVICE(\"http://evil.example\")", "\t=1+1",
    "\r=1+1", "\n=1+1", " =1+1", "  @A1", "\xa0=1+1", "\u3000=1+1", "\ufeff=1+1", "\u200b=1+1", "\x0b=1+1",
    "＝1+1", "＋1", "－1", "＠A1", "'=1+1", "''=1+1", "\"=1+1\"", "\",=1+1,\"", ";=1+1;", "|=1+1", "\"\r\n=1+1",
    "%0A=1+1", "DDE(\"cmd\";\"/C calc\";\"x\")", "sep=;", "0001", "1e5", "2026-01-01", "1442917402463608843",
)  # fmt: skip
_DIRECTIONS = (
    "exe\u202e4pm.scr", "\u202dltr\u202c", "\u202a\u202b\u202c", "\u2066iso\u2067late\u2068\u2069",
    "\u200emark\u200f", "\u061cletter", "שלום עולם", "مقطع فيديو", "\u202e" * 50, "a\u2066b\nc\u2069d",
    "zero\u200bwidth\u200c\u200d\u2060", "\ufeffbom", "so\u00adft", "\u180e\u115f\u1160\u3164\uffa0",
    "tag\U000e0041\U000e007f", "\ufff9a\ufffab\ufffb", "Z" + "\u0300\u0316\u0489" * 200, "\u0301" * 30,
    "e\u0301 n\u0303", "\u20dd\u20e3keycap", "क्षि", "ก็้้้้้", "각", "\ufe0f\ufe0e",
)  # fmt: skip
_WIDE = (
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f3fb", "\U0001f1e6\U0001f1f6", "🎬 🎥",
    "\U0001d56e\U0001d591", "\U00020000\U0002a6d6", "日本語の動画", "한국어", "ﷺ", "\U0010ffff", "\ue000", "\ufffe",
    "\uffff", "W" * 3000, "日" * 1500, " " * 300, "", "a" * 255 + ".mp4", "Ünïcôdé straße", "İıſKÅ",
)  # fmt: skip
_PATHS = (
    "../../../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "C:\\x.mp4", "\\\\evil\\share", "~/x",
    "CON", "NUL.mp4", "com1.mp4", "a:b", "file:///etc/passwd", ".", "..", ".hidden", "-rf", "--help", "x.mp4/",
    "$(touch taken)", "`touch taken`", "; touch taken", "| tee taken", "&& touch taken", "> taken", "*", "?",
    "%2e%2e%2f", "%00", "$HOME", "!!", "#comment", "'; drop table clips; --", "\\'; --", "%s%n%x",
    "postgresql://u:hunter2@h/d", "trailing. ", "a\tb", "x.mp4\n",
)  # fmt: skip
_NOT_STORED = (
    "nul\0nul", "\0", "a\0b\x1b[31m", "half \ud800", "\udfff", "\udc80\udcff", "\udc1b[31m",
    "two \ud83d\ude00 halves",
)  # fmt: skip
"""What no column of PostgreSQL holds as it is, and JSON can say."""

_BAITS = (
    *_TERMINAL, *_MARKUP, *_HTML, *_FORMULAS, *_DIRECTIONS, *_WIDE, *_PATHS, *_NOT_STORED
)  # fmt: skip
_WAYS = ("{}", "{}.mp4", "clip {}", "{0}{0}")
COUNT = 1000


def _texts() -> tuple[str, ...]:
    made = dict.fromkeys(way.format(bait) for way in _WAYS for bait in _BAITS)
    texts = tuple(made)[:COUNT]
    assert len(texts) == COUNT
    return texts


TEXTS = _texts()

OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""What a terminal would do something for, what turns text around, and what cannot be written."""
