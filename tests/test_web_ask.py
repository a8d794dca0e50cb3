"""What the documents do not answer is looked up where the user says; only then, and only that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant, RagError, Settings
from rag.errors import WebError
from rag.web import FoundPage, connection, read_pages, search

from .command import rag, told
from .web_server import Page, WebServer, web_server

BRIDGE = b"""<html><head><title>The Glow bridge</title></head><body><nav>Menu</nav>
<h1>The Glow bridge</h1><p>The Glow bridge was opened in 1934 by Maria Stein. It is 411 metres
long.</p></body></html>"""
FRUIT = b"<html><body><p>Bananas are a yellow fruit of the tropics.</p></body></html>"
BRIDGE_ZH = "<html><body><p>格洛桥建成于1934年，由建筑师李明设计。</p></body></html>".encode()
WHO = "Who opened the Glow bridge?"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """A search server with two pages, on a machine that counts as the internet."""
    monkeypatch.setattr(connection, "is_public", lambda _: True)
    with web_server(bridge=Page(BRIDGE), fruit=Page(FRUIT), zh=Page(BRIDGE_ZH)) as server:
        server.results = [f"{server.address}/fruit", f"{server.address}/bridge"]
        yield server


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "kelm.md").write_text(
        "The lighthouse of Kelm is 38 metres tall. Its keeper was Otto Brand.", "utf-8"
    )
    with Assistant.open(tmp_path / "kb", model="none") as opened:
        opened.ingest(tmp_path / "docs")
        yield opened


def names(assistant: Assistant) -> set[str]:
    return {assistant.document_name(info.source) for info in assistant.index.documents()}


def queries(web: WebServer) -> list[str]:
    return [query["q"][0] for path, query, _ in web.asked if path == "/search"]


def test_a_search_server_names_pages(web: WebServer) -> None:
    web.results = ["ftp://a", *web.results, web.results[0], "javascript:1"]
    found = search(WHO, web.address, 5)
    assert [page.address for page in found] == [f"{web.address}/fruit", f"{web.address}/bridge"]
    assert len(search(WHO, f"{web.address}/search", 1)) == 1
    asked = web.asked[0]
    assert asked[1] == {"q": [WHO], "format": ["json"], "language": ["en"]}
    search("桥是谁建的？", web.address, 1)
    assert web.asked[-1][1]["language"] == ["zh"]


def test_a_search_server_that_serves_no_programs_says_what_to_set(web: WebServer) -> None:
    web.pages["/search"] = Page(b"no", status=403)
    with pytest.raises(WebError, match="json") as raised:
        search(WHO, web.address, 1)
    assert raised.value.kind == "engine"


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"results": 3}', b'{"other": []}', b"[" * 100_000]
)
def test_what_is_no_search_server_is_said(web: WebServer, body: bytes) -> None:
    web.pages["/search"] = Page(body, "application/json")
    with pytest.raises(WebError, match="no search server") as raised:
        search(WHO, web.address, 1)
    assert raised.value.kind == "engine"


def test_wikipedia_is_asked_for_all_words_then_for_any(
    web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.web.engine._WIKIPEDIA", web.address + "/{language}")
    web.pages["/en/w/api.php"] = Page(b'{"query": {"search": []}}', "application/json")
    assert search(WHO, "Wikipedia", 3) == []
    assert [query["srsearch"][0] for _, query, _ in web.asked] == [
        "opened Glow bridge",
        "opened OR Glow OR bridge",
    ]
    body = '{"query": {"search": [{"title": "格洛桥 (桥)"}]}}'.encode()
    web.pages["/zh/w/api.php"] = Page(body, "application/json")
    [page] = search("格洛桥是什么时候建成的？", "wikipedia", 3)
    assert web.asked[-1][1]["srsearch"] == ["格洛桥 建成"]
    assert page == FoundPage(
        f"{web.address}/zh/wiki/%E6%A0%BC%E6%B4%9B%E6%A1%A5_(%E6%A1%A5)", "格洛桥 (桥)"
    )


@pytest.mark.parametrize("engine", ["google", "", "ftp://a.org", "http://"])
def test_what_cannot_be_a_search_server_is_refused_at_once(engine: str) -> None:
    with pytest.raises(WebError, match=r"wikipedia|no address"):
        Settings(web=engine)


def test_the_internet_answers_what_the_documents_do_not(
    assistant: Assistant, web: WebServer
) -> None:
    answer = assistant.ask(WHO, web=web.address).answer
    assert "Maria Stein" in answer.text
    [first, *_] = answer.citations
    assert assistant.document_name(first.source) == f"{web.address}/bridge"
    page = assistant.index.page(first.source, first.page)
    assert page is not None
    assert page.text[first.start : first.end] == first.quote
    assert answer.pages == (f"{web.address}/fruit", f"{web.address}/bridge")
    assert web.address in " ".join(answer.remarks)
    assert answer.as_dict()["pages"] == list(answer.pages)
    assert assistant.history()[-1].text == answer.text
    # What was read for nothing is gone again, what is cited stays and answers by itself.
    assert names(assistant) == {"kelm.md", f"{web.address}/bridge"}
    before = len(web.asked)
    follow_up = assistant.ask("How long is it?", web=web.address).answer
    assert "411 metres" in follow_up.text
    assert len(web.asked) == before


def test_nobody_is_asked_where_the_documents_answer_or_nobody_said_so(
    assistant: Assistant, web: WebServer
) -> None:
    assert "38 metres" in assistant.ask("How tall is the lighthouse?", web=web.address).answer.text
    assert assistant.ask(WHO, session="b").answer.refused
    assert assistant.ask(WHO, session="c", web="").answer.refused
    assert web.asked == []


def test_questions_about_oneself_stay_here(assistant: Assistant, web: WebServer) -> None:
    list(assistant.ask("Remember that my sister is called Ada.", web=web.address))
    assert "Ada" in assistant.ask("What is my sister called?", web=web.address).answer.text
    assert web.asked == []


def test_what_no_page_answers_is_refused_and_leaves_nothing(
    assistant: Assistant, web: WebServer
) -> None:
    answer = assistant.ask("Who invented the telephone in Boston?", web=web.address).answer
    assert answer.refused
    assert len(answer.pages) == 2
    assert names(assistant) == {"kelm.md"}
    assert not list((assistant.index.path / "uploads").iterdir())


def test_a_chinese_question_is_looked_up_and_answered_in_chinese(
    assistant: Assistant, web: WebServer
) -> None:
    web.results = [f"{web.address}/zh"]
    answer = assistant.ask("格洛桥是谁设计的？", web=web.address).answer
    assert "李明" in answer.text
    assert "互联网" in answer.remarks[0]


def test_a_follow_up_is_looked_up_with_what_it_hangs_on(
    assistant: Assistant, web: WebServer
) -> None:
    list(assistant.ask("How tall is the lighthouse of Kelm?"))
    list(assistant.ask("And who painted it?", web=web.address))
    assert queries(web) == ["How tall is the lighthouse of Kelm? And who painted it?"]


@pytest.mark.parametrize("trouble", ["down", "no page", "pages gone"])
def test_trouble_out_there_is_told_and_harms_nothing(
    assistant: Assistant, web: WebServer, trouble: str
) -> None:
    if trouble == "down":
        web.pages["/search"] = Page(b"", status=503)
    web.results = {"no page": [], "pages gone": [f"{web.address}/gone"]}.get(trouble, web.results)
    answer = assistant.ask(WHO, web=web.address).answer
    assert answer.refused
    assert answer.pages == ()
    told_so = {"down": "HTTP 503", "no page": "found no page", "pages gone": "HTTP 404"}
    assert told_so[trouble] in answer.remarks[0]
    assert names(assistant) == {"kelm.md"}


def test_s12_a_search_result_does_not_lead_into_ones_own_network(
    assistant: Assistant, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "is_public", lambda _: False)
    answer = assistant.ask(WHO, web=web.address).answer
    assert answer.refused
    assert "own network" in answer.remarks[0]
    assert {path for path, _, _ in web.asked} == {"/search"}


def test_an_answer_that_is_stopped_meanwhile_is_not_recorded(
    assistant: Assistant, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = assistant.ask(WHO, web=web.address)

    def stopping(*arguments: object) -> list[FoundPage]:
        assert reply.stage.name == "web"
        reply.cancel()
        return [FoundPage(f"{web.address}/bridge", "")]

    monkeypatch.setattr("rag.look_up.search", stopping)
    assert "".join(reply) == ""
    with pytest.raises(RagError, match="cancelled"):
        _ = reply.answer
    assert assistant.history() == []
    assert web.asked == []


def test_a_page_read_again_replaces_what_was_read_from_it(
    assistant: Assistant, web: WebServer
) -> None:
    address = f"{web.address}/bridge"
    assert read_pages(assistant.index, [address], named=True).count("added") == 1
    assert read_pages(assistant.index, [address, address], named=True).count("unchanged") == 1
    web.pages["/bridge"] = Page(BRIDGE.replace(b"411", b"412"))
    assert read_pages(assistant.index, [address], named=True).count("updated") == 1
    assert "412" in assistant.ask("How long is the Glow bridge?").answer.text
    del web.pages["/bridge"]
    [outcome] = read_pages(assistant.index, [address], named=True).outcomes
    assert (outcome.source, outcome.status) == (address, "skipped")
    assert address in names(assistant)


def test_files_and_pages_are_read_in_one_run(
    assistant: Assistant, web: WebServer, tmp_path: Path
) -> None:
    (tmp_path / "docs" / "new.txt").write_text("The mill of Orm grinds oats.", "utf-8")
    report = assistant.ingest([tmp_path / "docs", f"{web.address}/bridge", f"{web.address}/none"])
    assert (report.count("added"), report.count("unchanged"), report.count("skipped")) == (2, 1, 1)
    [skipped] = report.skipped
    assert "HTTP 404" in skipped.message


def test_the_command_reads_pages_and_looks_up(web: WebServer, tmp_path: Path) -> None:
    kb = ("--kb", tmp_path / "kb")
    ran = rag("ingest", f"{web.address}/bridge", f"{web.address}/none", *kb)
    assert ran.returncode == 0
    assert f"added     {web.address}/bridge: 1 pages" in ran.stdout
    assert "HTTP 404" in ran.stdout
    assert rag("ingest", f"{web.address}/none", *kb).returncode == 1
    asked = ("ask", WHO, *kb, "--model", "none")
    assert f"[1] {web.address}/bridge, p. 1" in rag(*asked).stdout
    other = ("--kb", tmp_path / "other", "--model", "none", "--web", web.address)
    found = told("ask", WHO, *other)
    assert found["pages"] == web.results
    assert "Read on the internet" in rag("ask", "Who sold oats?", *other).stdout
    wrong = rag("ask", WHO, "--web", "altavista", *kb)
    assert wrong.returncode == 1
    assert "wikipedia" in wrong.stderr
