"""What a Process refuses, and in what words.

See that it starts once and in the process that made it, and that under spawn and
forkserver the function and its arguments have to be pickled.
"""


def attempt(what, call):
    try:
        call()
    except Exception as error:  # which one it is, is the question
        print(f"{what}: {type(error).__name__}: {error}", flush=True)
    else:
        print(f"{what}: no error", flush=True)


def main(mp):
    child = mp.Process()
    attempt("join before the start", child.join)
    attempt("a name that is no text", lambda: setattr(child, "name", 1))
    attempt("a group", lambda: mp.Process(group=1))
    child.start()
    attempt("started twice", child.start)
    attempt("made a daemon too late", lambda: setattr(child, "daemon", True))
    child.join()
    attempt("started again", child.start)
    attempt("a lambda", mp.Process(target=lambda: None).start)
    for child in mp.active_children():
        child.join()
