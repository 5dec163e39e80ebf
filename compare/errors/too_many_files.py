"""Each large array has a file of its own, and a process may have only so many open.

The heap maps an arena for what does not fit into the ones that it has, and an arena is
a file descriptor.

Text: OSError: [Errno 24] Too many open files
Code: multiprocessing.heap.Arena.__init__
Do: Make one large array and use slices of it, or raise the limit (`ulimit -n`).
Read: arena-and-heap#too-many-open-files
"""

import resource


def main(mp):
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
    arrays = [mp.RawArray("b", 5_000_000) for _ in range(60)]
    print(len(arrays))
