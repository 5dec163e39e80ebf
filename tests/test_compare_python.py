"""--python: each verb compares with the interpreter that it is given."""

import argparse
import platform
import re
import sys
from pathlib import Path

import pytest

from compare import __main__ as verbs
from compare import interpreters, pairs, show, size, source, tracebacks, versions

NAME = "connection.answer_challenge"
ABOUT = interpreters.About((3, 13, 0), "3.13.0", Path("/lib"))
# What each verb is asked here.
ASKED = {
    "board": [],
    "name": [NAME],
    "run": ["run", "type_table"],
    "api": ["api", "heap"],
    "suite": ["suite"],
    "museum": ["museum", "ipv6"],
    "bench": ["bench", "value"],
    "size": ["size"],
    "wire": ["wire", "manager_refusals"],
    "versions": ["versions"],
    "errors": ["errors", "has no len"],
}


@pytest.fixture
def other():
    """The path of a Python of another version, and what it is."""
    for path in interpreters.others():
        return path, interpreters.about(path)
    pytest.skip("no other interpreter at hand")


@pytest.fixture
def refused(capsys):
    """A function that calls a verb, which has to refuse; it returns what it says."""

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            verbs.main([*arguments])
        assert ended.value.code == 2
        out, err = capsys.readouterr()
        assert out == ""
        return err.splitlines()[-1]

    return call


# --- the option --------------------------------------------------------------


@pytest.mark.parametrize("verb", ASKED)
def test_verb_names_what_is_no_python(verb, refused):
    last = refused(*ASKED[verb], "--python", "/nowhere/python")
    command = "python -m compare" + (f" {verb}" if verb in verbs.VERBS else "")
    assert last == (
        f"{command}: error: argument --python: '/nowhere/python' does not run:"
        " No such file or directory"
    )


@pytest.mark.parametrize("verb", sorted(ASKED.keys() - {"board", "name", "versions"}))
def test_help_says_the_same(verb, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        verbs.main([verb, "--help"])
    said = re.search(r"^  --python PATH +(.*)$", capsys.readouterr().out, re.M)
    assert said[1] == interpreters.USE


@pytest.mark.parametrize("path", ["/bin/false", "/bin/true", "/bin/echo"])
def test_program_that_is_no_python_is_named(path, refused):
    assert refused("size", "--python", path).endswith(f"{path!r} is no working Python")


def test_folder_is_named(tmp_path, refused):
    last = refused("size", "--python", str(tmp_path))
    assert last.endswith(f"'{tmp_path}' does not run: Permission denied")


def test_old_python_is_named(tmp_path, refused):
    path = tmp_path / "python"
    path.write_text("#!/bin/sh\necho 3.10.13 /lib\n")
    path.chmod(0o755)
    last = refused("size", "--python", str(path))
    assert last.endswith(f"'{path}' is Python 3.10.13; 3.11 or newer is needed")


def test_path_is_made_whole(tmp_path, monkeypatch):
    (tmp_path / "other").symlink_to(sys.executable)
    parser = argparse.ArgumentParser()
    interpreters.add_option(parser)
    monkeypatch.setattr(interpreters, "about", lambda path: ABOUT)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert parser.parse_args(["--python", "other"]).python == f"{tmp_path}/other"
    monkeypatch.chdir(tmp_path)
    assert parser.parse_args(["--python", "./other"]).python == f"{tmp_path}/other"
    assert parser.parse_args([]).python == sys.executable


# --- the verbs ---------------------------------------------------------------


def test_pair_is_shown_as_it_is_there(other, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    path, about = other
    assert verbs.main([NAME, "--python", path]) == 0
    out = capsys.readouterr().out
    symbol = source.find(f"multiprocessing.{NAME}", about.library)
    assert symbol.path == about.library / "multiprocessing" / "connection.py"
    assert symbol.text in symbol.path.read_text("utf-8")
    assert out.split("\n")[0].startswith(f"CPython {about.name} ")
    assert f"{symbol.path}:{symbol.first}-{symbol.last} " in out
    assert out != show.show_pair(pairs.get(NAME), 200, False) + "\n"


def test_symbol_that_is_not_there_is_named(tmp_path):
    module = tmp_path / "multiprocessing" / "heap.py"
    module.parent.mkdir()
    module.parent.joinpath("__init__.py").touch()
    module.write_text("class Arena:\n    pass\n")
    with pytest.raises(LookupError, match=r"no symbol 'multiprocessing\.heap\.Heap'"):
        pairs.get("heap.Heap").sides(tmp_path)
    pair = pairs.get("heap.Heap")
    assert pairs.moved({"heap.Heap": pair}, tmp_path) == [(pair, "gone")]


def test_size_counts_the_library_there(other, capsys):
    path, about = other
    for option in ([], ["--markdown"]):
        assert verbs.main(["size", "--python", path, *option]) == 0
        out = capsys.readouterr().out
        assert f"CPython {about.name}" in out
        for row in size.table(about.library):
            if row.cpython:
                figures = r"[ |]+".join(map(str, row.cpython))
                assert re.search(rf"{re.escape(row.file)}[ |]+{figures} ", out)


def test_program_runs_there_on_both_sides(other, program, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    path, about = other
    code = "import platform\ndef main(mp):\n    print(platform.python_version())\n"
    assert verbs.main(["run", program(code), "--python", path]) == 0
    out = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"CPython {re.escape(about.name)} +minimp", out[1])
    assert out[3].split() == [about.name, about.name]


def test_conversation_is_recorded_there(other, capsys):
    path, about = other
    assert verbs.main(["wire", "manager_refusals", "--python", path]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"== manager_refusals, CPython {about.name}\n")
    # Since 3.12, CPython uses the same digest.
    assert ("handshake, md5" in out) == (about.numbers < (3, 12))


def test_museum_says_whose_bugs(other, capsys):
    path, about = other
    assert verbs.main(["museum", "ipv6", "--python", path]) == 0
    assert f"CPython {about.name}: still there" in capsys.readouterr().out


def test_versions_are_this_one_and_that(other, capsys):
    path, about = other
    assert verbs.main(["versions", "--python", path]) == 0
    two = versions.between(sys.executable, path)
    assert [one.name for one in two] in (
        [platform.python_version(), about.name],
        [about.name, platform.python_version()],
    )
    assert capsys.readouterr().out == versions.overview(two) + "\n"


def test_version_with_itself_is_one(capsys):
    python = sys.executable
    assert verbs.main(["versions", "--python", python]) == 0
    assert "nothing to compare" in capsys.readouterr().out


def test_errors_name_the_line_there(other, capsys):
    path, about = other
    for entry in tracebacks.load().values():
        symbol = source.find(entry.code, about.library)
        if symbol.first != source.find(entry.code).first:
            break
    assert verbs.main(["errors", entry.texts[0].said, "--python", path]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"{entry.code}, {Path(*symbol.path.parts[-2:])}:{symbol.first}" in out


def test_pairs_are_recorded_for_it(other, tmp_path, capsys, monkeypatch):
    path, about = other
    toml = tmp_path / "pairs.toml"
    toml.write_text('[heap]\n"Heap" = {}\n')
    pairs.record(toml, path)
    (hashes,) = [pair.hashes for pair in pairs.load(toml).values()]
    assert hashes == {
        source.find("multiprocessing.heap.Heap", about.library).hash: (about.name,)
    }
    assert verbs.main(["--moved", "--python", path]) in (0, 1)
    assert f" moved in CPython {about.name}." in capsys.readouterr().out
