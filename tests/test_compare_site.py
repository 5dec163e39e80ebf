"""The site is built, and served to this machine until Ctrl-C."""

import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest

from compare import __main__ as verbs
from compare import pairs, site

SERVE = """
import pathlib, sys
from compare import __main__ as verbs, site
site.OUT = pathlib.Path(sys.argv[1])
site.build = lambda: 0
sys.exit(verbs.main(["site", "--port", sys.argv[2]]))
"""


@pytest.fixture
def busy():
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_busy_port_is_told_and_the_next_one_taken(busy, tmp_path, capsys):
    with site.server(tmp_path, busy) as server:
        assert server.server_address[0] == "127.0.0.1"
        assert server.server_port > busy
    out = capsys.readouterr().out
    assert out.startswith(f"Port {busy} is busy, trying {busy + 1}.\n")


def test_port_of_the_system_is_refused(monkeypatch, capsys, tmp_path):
    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(site, "ThreadingHTTPServer", refuse)
    monkeypatch.setattr(site, "build", lambda: 0)
    assert verbs.main(["site", "--port", "80"]) == 2
    err = capsys.readouterr().err
    assert "port 80" in err and "Permission denied" in err


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_impossible_port_is_refused(port, capsys):
    with pytest.raises(SystemExit) as caught:
        verbs.main(["site", "--port", port])
    assert caught.value.code == 2
    assert "--port" in capsys.readouterr().err


def test_folder_is_served_quietly(tmp_path, capsys):
    (tmp_path / "index.html").write_text("<p>here")
    with site.server(tmp_path, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}/"
            with urllib.request.urlopen(address, timeout=10) as answer:
                assert answer.read() == b"<p>here"
            assert capsys.readouterr() == ("", "")
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(address + "missing", timeout=10)
            caught.value.close()
            assert "404" in capsys.readouterr().err
        finally:
            server.shutdown()
            thread.join(10)


def test_ctrl_c_ends_quietly(tmp_path, busy):
    (tmp_path / "index.html").write_text("<p>built")
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, tmp_path, str(busy)],
        cwd=pairs.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        lines = [process.stdout.readline().rstrip("\n") for _ in range(3)]
        assert lines[:2] == [
            "Building the site ...",
            f"Built: {tmp_path / 'index.html'}",
        ]
        while "busy" in lines[-1]:
            lines.append(process.stdout.readline().rstrip("\n"))
        address = lines[-1].split()[1]
        assert lines[-1] == f"Serving {address} until Ctrl-C."
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert answer.read() == b"<p>built"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=10) == ("", "")
        assert process.returncode == 0


def test_missing_sphinx_is_told_with_the_way_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(site.importlib.util, "find_spec", lambda name: None)
    assert verbs.main(["site", "--no-serve"]) == 2
    err = capsys.readouterr().err
    assert "Sphinx is missing" in err
    [command] = [line.strip() for line in err.splitlines() if "venv" in line]
    assert command.endswith("python -m compare site")
    readme = pairs.ROOT / "README.md"
    if readme.exists():
        assert command in readme.read_text("utf-8")


def test_build_is_strict_and_reports_its_end(monkeypatch, tmp_path):
    pytest.importorskip("sphinx")
    source = tmp_path / "docs"
    source.mkdir()
    (source / "conf.py").write_text("project = 'a site'\n")
    (source / "index.rst").write_text("Title\n=====\n\nText.\n")
    monkeypatch.setattr(site, "DOCS", source)
    assert site.build(tmp_path / "good") == 0
    assert "Text." in (tmp_path / "good" / "index.html").read_text()
    (source / "index.rst").write_text("Title\n=====\n\n:doc:`missing`\n")
    for again in range(2):
        assert site.build(tmp_path / "bad") != 0, again


def test_failed_build_is_not_served(monkeypatch, capsys):
    monkeypatch.setattr(site, "build", lambda: 1)
    assert verbs.main(["site"]) == 1
    assert "Built" not in capsys.readouterr().out


def test_no_serve_only_builds(monkeypatch, capsys):
    monkeypatch.setattr(site, "build", lambda: 0)
    assert verbs.main(["site", "--no-serve"]) == 0
    html = pairs.ROOT / "docs" / "_build" / "html"
    assert capsys.readouterr().out.splitlines()[1:] == [f"Built: {html / 'index.html'}"]
