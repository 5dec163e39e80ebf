"""A c_char_p in shared memory: what is shared is a number, not a text.

See that the block holds an address, that the child gets this address, and that the
text lies elsewhere. Nobody but the process that made the text may follow the address:
so the child here does not.
"""

import ctypes


def address_in(pointer):
    return ctypes.c_size_t.from_buffer(pointer).value


def look(pointer, expected):
    print("child finds the address:", address_in(pointer) == expected, flush=True)


def main(mp):
    text = b"a text that lies elsewhere"
    pointer = mp.RawValue(ctypes.c_char_p, text)
    address = address_in(pointer)
    print("text:", len(text), "bytes; shared:", len(bytes(pointer)), "bytes")
    print("the shared bytes are letters of it:", bytes(pointer) in text)
    print("maker follows the address:", ctypes.string_at(address, len(text)))
    child = mp.Process(target=look, args=(pointer, address))
    child.start()
    child.join()
    letters = mp.RawArray("c", text)
    print("an array of c_char:", len(bytes(letters)), "bytes,", letters.value)
