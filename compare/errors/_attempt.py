"""For programs that raise more than one error."""

import traceback


def attempt(call):
    """Call it; print the traceback of what it raises to standard error."""
    try:
        call()
    except Exception:
        traceback.print_exc()
