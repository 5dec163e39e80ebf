"""What a learner is shown, from a run."""

import re

from compare.exercises import ladder, running, telling

from . import programs

COLOUR = re.compile(r"\033\[\d*m")  # if the site is built in a terminal


@programs.ahead
def stub():
    """What the verb says about the stub of the first exercise, as Markdown."""
    exercise = ladder.load()[0]
    [outcome] = running.run(exercise.check, [exercise.start])
    file = f"exercises/{exercise.module}.py"
    told = telling.result(exercise, outcome, file)
    return f"```text\n{COLOUR.sub('', told)}\n```"


stub.reads = sorted(ladder.load()[0].folder.glob("*.py"))
