"""Bytes in an Array("c"): the text up to the first zero, or all of it.

See the difference between `value` and `raw`, that a longer text is refused, and that
the array has the length it was made with, whatever is written into it.
"""


def shout(text):
    with text.get_lock():
        text.value = text.value.upper()


def main(mp):
    text = mp.Array("c", b"shared")
    print(repr(text.value), repr(text.raw), len(text))
    child = mp.Process(target=shout, args=(text,))
    child.start()
    child.join()
    print(repr(text.value))
    text.value = b"hi"
    print(repr(text.value), repr(text.raw), len(text))
    text[0:2] = b"HO"
    print(repr(text[0]), repr(text[:]))
    try:
        text.value = b"longer than that"
    except ValueError as error:
        print("ValueError:", error)
