"""The examples for other systems do what the docs say, as far as can be seen here.

Each runs with a stand-in for its library, and with the library itself where that is
installed. What a stand-in has, the library has, too.
"""

import ast
import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time

import pytest
from support import TIMEOUT

from compare import source

EXAMPLES = source.ROOT / "docs" / "examples"
STAND_INS = source.ROOT / "tests" / "stand_ins"
PRINTED = {
    "with_redis": "visits: 3\nBob reads: Bob, do you travel tomorrow?\n",
    "with_ray": "visits: 400\n",
    "with_dask": "sum: 328350\n",
}
LIBRARIES = {"with_redis": "redis", "with_ray": "ray", "with_dask": "dask.distributed"}


def run(name, *args, **environment):
    """Run an example; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-P", EXAMPLES / f"{name}.py", *args],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=3 * TIMEOUT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_all_examples_are_known():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == PRINTED.keys()


@pytest.mark.parametrize("name", PRINTED)
def test_with_a_stand_in(name):
    assert run(name, PYTHONPATH=str(STAND_INS)) == PRINTED[name]


# --- the libraries themselves ------------------------------------------------


@pytest.fixture
def folder():
    """Give a folder with a short name, for sockets, and all that a library leaves."""
    with tempfile.TemporaryDirectory(prefix="ex-", dir="/tmp") as path:
        yield path


def installed(name):
    """Skip without the library of an example."""
    library = LIBRARIES[name]
    if importlib.util.find_spec(library.partition(".")[0]) is None:
        pytest.skip(f"no {library!r} here")
    return library


@contextlib.contextmanager
def redis_server(folder):
    """Give the address of a server that has ended after the block."""
    path = os.path.join(folder, "redis.sock")
    command = ["redis-server", "--port", "0", "--unixsocket", path]
    command += ["--dir", folder, "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + TIMEOUT
            while not os.path.exists(path):
                assert server.poll() is None and time.monotonic() < deadline
                time.sleep(0.01)
            yield f"unix://{path}"
        finally:
            server.terminate()


def test_with_redis(folder):
    installed("with_redis")
    if shutil.which("redis-server") is None:
        pytest.skip("no `redis-server` here")
    with redis_server(folder) as url:
        assert run("with_redis", url) == PRINTED["with_redis"]
        # They are still there, whichever client comes.
        assert "visits: 6\n" in run("with_redis", url)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["with_ray", "with_dask"])
def test_with_the_library(name, folder):
    installed(name)
    places = dict.fromkeys(("HOME", "TMPDIR", "RAY_TMPDIR"), folder)
    quiet = {"RAY_USAGE_STATS_ENABLED": "0"}
    assert run(name, **places, **quiet) == PRINTED[name]


def public(tree):
    """Yield the public names of a stand-in, those of classes with a dot."""
    for node in tree.body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            continue
        if node.name.startswith("_"):
            continue
        yield node.name
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{name}" for name in public(node))


@pytest.mark.slow
@pytest.mark.parametrize("name", LIBRARIES)
def test_library_has_what_its_stand_in_has(name):
    library = installed(name)
    path = STAND_INS.joinpath(*library.split(".")).with_suffix(".py")
    names = sorted(public(ast.parse(path.read_text("utf-8"))))
    assert names
    code = f"import operator, {library} as it; operator.attrgetter(*{names})(it)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=TIMEOUT)
