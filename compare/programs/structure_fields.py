"""A ctypes Structure shared under a lock, and an array of them without one.

See that each field of the wrapper is a property that takes the lock, and that the
fields of an array's elements are plain memory.
"""

import ctypes


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_double), ("y", ctypes.c_double), ("name", ctypes.c_char)]


def move(point, points):
    point.x += 1
    with point:  # both fields as one piece
        point.x, point.y = point.y, point.x
    for p in points:
        p.y = -p.y
    point.name = b"q"


def main(mp):
    point = mp.Value(Point, 1.5, 2.5, b"p")
    points = mp.Array(Point, [(1, 2), (3, 4)], lock=False)
    child = mp.Process(target=move, args=(point, points))
    child.start()
    child.join()
    print(type(point).__name__, type(point).__mro__[1])
    print("point: ", point.x, point.y, point.name)
    print("points:", [(p.x, p.y) for p in points])
    print("bytes: ", ctypes.sizeof(point.get_obj()), ctypes.sizeof(points))
    try:
        print(point.z)
    except AttributeError as error:
        print("AttributeError:", error)
