"""What a learner is shown, from a run."""

from compare.exercises import ladder, running, telling

from . import programs


@programs.ahead
def stub():
    """What the verb says about the stub of the first exercise, as Markdown."""
    exercise = ladder.load()[0]
    [outcome] = running.run(exercise.check, [exercise.start])
    file = f"exercises/{exercise.module}.py"
    return f"```text\n{telling.result(exercise, outcome, file)}\n```"


stub.reads = sorted(ladder.load()[0].folder.iterdir())
