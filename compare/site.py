"""Builds the docs site and serves it to this machine."""

import argparse
import errno
import functools
import importlib.util
import shutil
import subprocess
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from compare import source

DOCS = source.ROOT / "docs"
OUT = DOCS / "_build" / "html"
PORT = 8000
NO_SPHINX = """\
python -m compare site: Sphinx is missing in this interpreter. This installs it:
  python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && \
.venv/bin/python -m compare site"""


class Handler(SimpleHTTPRequestHandler):
    """Answers like its base, but only logs what goes wrong."""

    def log_request(self, code="-", size="-"):
        """Log nothing."""


def build(outdir=OUT):
    """Build the site into `outdir`, every warning an error; return the exit status.

    What is there already is brought up to date. The status is 2, with a word on
    standard error, when Sphinx is missing.
    """
    if importlib.util.find_spec("sphinx") is None:
        print(NO_SPHINX, file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-n", "-W", "--keep-going"]
    built = subprocess.run([*command, "-q", DOCS, outdir], cwd=source.ROOT)
    if built.returncode:  # pages that were read are not read again: forget them
        shutil.rmtree(outdir / ".doctrees", ignore_errors=True)
    return built.returncode


def server(directory, port=PORT):
    """Return a server of `directory` on 127.0.0.1, not yet running.

    A busy port is told, and the next one taken. OSError when none is left, or when
    this user may not have it.
    """
    handler = functools.partial(Handler, directory=directory)
    while True:
        try:
            return ThreadingHTTPServer(("127.0.0.1", port), handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or port == 65535:
                raise
        print(f"Port {port} is busy, trying {port + 1}.")
        port += 1


def main(argv):
    """Build and serve until Ctrl-C; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m compare site", description="Build the docs site and serve it."
    )
    parser.add_argument("--no-serve", action="store_true", help="only build")
    parser.add_argument(
        "--port",
        type=int,
        choices=range(65536),
        metavar="N",
        default=PORT,
        help=f"the first one to try ({PORT})",
    )
    options = parser.parse_args(argv)
    print("Building the site ...", flush=True)
    status = build()
    if status == 0:
        print(f"Built: {OUT / 'index.html'}", flush=True)
    if status or options.no_serve:
        return status
    try:
        with server(OUT, options.port) as serving:
            print(
                f"Serving http://127.0.0.1:{serving.server_port}/ until Ctrl-C.",
                flush=True,
            )
            serving.serve_forever()
    except OSError as error:
        print(f"python -m compare site: port {options.port}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
