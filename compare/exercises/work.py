"""The learner's own files: copies of the stubs, and how far each has come.

They lie in the folder `exercises` of the current folder. What was done is recorded
beside them, in `.progress.json`; what stands there is believed only as far as it
makes sense, for a person may have edited it, or a disk been full.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path

from compare.exercises import ladder

DONE, CHANGED, BEGUN, OPEN = "done", "changed since", "begun", "open"


class Work:
    """The folder of a learner. Nothing is written before something is to be kept."""

    def __init__(self, folder=None):
        self.folder = Path(folder or Path.cwd() / "exercises")
        self.record = self.folder / ".progress.json"

    def path(self, exercise):
        """The learner's file."""
        return self.folder / f"{exercise.module}.py"

    def begin(self, exercise):
        """Copy the stub, unless the file is there; return whether it was copied."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with open(self.path(exercise), "x", encoding="utf-8") as file:
                file.write(exercise.text("start.py"))
        except FileExistsError:
            return False
        return True

    def reset(self, exercise):
        """Put the stub in place of the learner's file, which is kept as `.py.old`.

        The hints are shown from the first one again.
        """
        path = self.path(exercise)
        if path.exists():
            os.replace(path, path.with_name(path.name + ".old"))
        shutil.copyfile(exercise.start, path)
        self._note(exercise, passed=None, hints=0)

    def state(self, exercise):
        """One of DONE, CHANGED, BEGUN and OPEN."""
        passed = self._of(exercise).get("passed")
        if not self.path(exercise).exists():
            return OPEN
        if isinstance(passed, str):
            return DONE if passed == self.digest(exercise) else CHANGED
        return BEGUN

    def digest(self, exercise):
        """What tells this file, and these checks, from any other."""
        both = self.path(exercise).read_bytes() + exercise.check.read_bytes()
        return hashlib.sha256(both).hexdigest()

    def passed(self, exercise, digest):
        """Note that the file that had this digest has passed."""
        self._note(exercise, passed=digest)

    def hints(self, exercise):
        """How many hints the learner has seen."""
        seen = self._of(exercise).get("hints")
        return seen if isinstance(seen, int) and seen > 0 else 0

    def hint_seen(self, exercise, count):
        self._note(exercise, hints=count)

    def next(self):
        """The Exercise to go on with, or None: the one begun last, else the first that
        is not done."""
        left = [one for one in ladder.load() if self.state(one) != DONE]
        begun = [one for one in left if self.state(one) == BEGUN]
        if begun:
            return max(begun, key=lambda one: self.path(one).stat().st_mtime)
        return left[0] if left else None

    def _of(self, exercise):
        entry = self._read().get(exercise.name)
        return entry if isinstance(entry, dict) else {}

    def _read(self):
        try:
            found = json.loads(self.record.read_text("utf-8"))
        except (OSError, ValueError):  # not there, or damaged
            return {}
        return found if isinstance(found, dict) else {}

    def _note(self, exercise, **what):
        """Write down more about an exercise; the file is whole at any time."""
        known = self._read()
        known[exercise.name] = self._of(exercise) | what
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.record.with_name(f"{self.record.name}.{os.getpid()}")
        draft.write_text(json.dumps(known, indent=2) + "\n", "utf-8")
        os.replace(draft, self.record)
