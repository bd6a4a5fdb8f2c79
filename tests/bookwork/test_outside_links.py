"""Links to elsewhere.

A dead one is found, a shy server is not called dead, and without a network nothing is claimed.
"""

import http.server
import threading
from collections import Counter

import httpx
import pytest

from bookwork.release import links

ASKED = Counter()


class Server(http.server.BaseHTTPRequestHandler):
    def answer(self):
        ASKED[self.command, self.path] += 1
        status = {
            "/here": 200,
            "/gone": 404,
            "/no-machines": 403,
            "/no-head": 405 if self.command == "HEAD" else 200,
            "/busy-once": 503 if ASKED["GET", "/busy-once"] < 2 else 200,
            "/broken": 500,
        }[self.path]
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = answer  # noqa: N815

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    ASKED.clear()
    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.fixture
def client():
    with httpx.Client(follow_redirects=True, timeout=30, trust_env=False) as one:
        yield one


def test_every_answer_gets_its_verdict(server, client):
    paths = ["/here", "/gone", "/no-machines", "/no-head", "/busy-once", "/broken"]
    verdicts = links.check([server + path for path in paths], client, pause=0.01)
    assert [verdict.state for verdict in verdicts] == ["ok", "dead", "refused", "ok", "ok", "busy"]
    assert verdicts[1].reason == "answers 404"
    assert ASKED["GET", "/gone"] == 1, "what is dead is not asked again"
    assert ASKED["GET", "/broken"] == 3


def test_a_host_that_is_not_there_is_silent_and_with_all_silent_nobody_is_asked_again(client, monkeypatch):
    monkeypatch.setattr(links.time, "sleep", lambda pause: pytest.fail("there is nothing to wait for"))
    verdicts = links.check(["http://127.0.0.1:9/a", "http://127.0.0.1:9/b"], client)
    assert {verdict.state for verdict in verdicts} == {"silent"}


def test_links_are_read_from_anchors_without_their_fragments(tmp_path):
    (tmp_path / "a.html").write_text('<a href="https://a.example/x#y">1</a><a href="b.html">2</a>', encoding="utf-8")
    (tmp_path / "b.html").write_text(
        '<a href="https://a.example/x">1</a><link href="https://b.example">', encoding="utf-8"
    )
    assert links.links_of(tmp_path) == {"https://a.example/x": ["a.html", "b.html"]}


def test_links_to_this_repository_are_looked_up_in_the_tree(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters/a.ipynb").touch()
    here = [
        "https://github.com/us/book/blob/main/chapters/a.ipynb",
        "https://github.com/us/book",
        "https://colab.research.google.com/github/us/book/blob/main/chapters/a.ipynb",
        "https://mybinder.org/v2/gh/us/book/main?urlpath=lab/tree/chapters/a.ipynb",
    ]
    dead = [
        "https://github.com/us/book/blob/main/chapters/b.ipynb",
        "https://mybinder.org/v2/gh/us/book/main?urlpath=lab/tree/chapters/b.ipynb",
    ]
    elsewhere = ["https://github.com/us/bookshop/blob/main/chapters/b.ipynb"]
    verdicts = list(links.dead_here(here + dead + elsewhere, "https://github.com/us/book", tmp_path))
    assert [verdict.link for verdict in verdicts] == here + dead
    assert [verdict.link for verdict in verdicts if verdict.state == "dead"] == dead


@pytest.mark.parametrize(("continuous", "status"), [(False, 0), (True, 1)])
def test_without_a_network_the_links_are_listed_and_none_is_called_good(
    tmp_path, monkeypatch, capsys, continuous, status
):
    (tmp_path / "a.html").write_text('<a href="http://127.0.0.1:9/x">1</a>', encoding="utf-8")
    monkeypatch.setattr(links, "HTML", tmp_path)
    monkeypatch.setenv("CI", "true" if continuous else "")
    monkeypatch.setenv("NO_PROXY", "*")
    assert links.main() == status
    printed = capsys.readouterr().out
    assert "unchecked http://127.0.0.1:9/x" in printed
    assert "none was checked" in printed
