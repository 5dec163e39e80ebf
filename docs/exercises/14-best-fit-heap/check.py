import mmap

import pytest

from compare.checks import expect
from minimp.heap import Heap

PAGE = mmap.PAGESIZE


@pytest.fixture
def heap(answer):
    """A new FirstFitHeap; its first arena has one page, and so does its second."""
    return _one_page_each(answer.FirstFitHeap)()


def _one_page_each(heap_class):
    """Return a class of heaps that do not double their arenas: one page is the unit."""
    return type("PagedHeap", (heap_class,), {"_DOUBLE_ARENA_SIZE_UNTIL": 0})


def _holes(heap):
    """Make holes of 64, 32 and 64 bytes with 8 bytes between them; return the arena."""
    blocks = [heap.malloc(size) for size in (64, 8, 32, 8, 64, 8)]
    rest = heap.malloc(PAGE - blocks[-1][2])  # so that the arena is full
    for block in blocks[4::-2]:
        heap.free(block)
    return rest[0]


def test_1_lowest_offset(heap):
    _holes(heap)
    _, start, stop = heap.malloc(24)
    what = "where first fit puts 24 bytes; 0-64, 72-104 and 112-176 are free"
    expect(what, (start, stop), (0, 24))
    _, start, stop = heap.malloc(48)
    what = "where it puts 48 bytes after that; 24-64, 72-104 and 112-176 are free"
    expect(what, (start, stop), (112, 160))


def test_1_oldest_arena(heap):
    old, new = heap.malloc(PAGE), heap.malloc(PAGE)
    heap.free(new)
    heap.free(old)
    kept = heap.malloc(PAGE // 2)
    expect("whether it is the oldest arena", kept[0] is old[0], True)
    _, start, _ = heap.malloc(16)
    what = f"the offset of 16 bytes; from {PAGE // 2} on the oldest arena is free"
    expect(what, start, PAGE // 2)


def test_2_merges_and_takes_the_first(heap):
    blocks = [heap.malloc(32) for _ in range(PAGE // 32)]
    for block in blocks[:6] + blocks[8:11]:
        heap.free(block)
    _, start, _ = heap.malloc(96)
    what = "where 96 bytes go when 0-192 and 256-352 are free, in pieces of 32"
    expect(what, start, 0)
    expect("how many arenas there are", len(heap._arenas), 1)


def test_2_new_arena_when_nothing_fits(heap):
    old = _holes(heap)
    arena, start, _ = heap.malloc(72)
    expect(
        "whether 72 bytes, for which no hole is large enough, go into an old arena",
        arena is old,
        False,
    )
    expect("their offset in the new arena", start, 0)


def test_3_tables_stay_in_step(answer, heap):
    answer.measure(heap, TRACE)
    expect("the free blocks that overlap a used one", _overlaps(heap), [])
    lengths = sorted(heap._len_to_seq)
    expect("the sorted list of lengths, _lengths", heap._lengths, lengths)
    empty = [length for length, blocks in heap._len_to_seq.items() if not blocks]
    expect("lengths of which there is no free block", empty, [])
    used = sum(b - a for blocks in heap._allocated_blocks.values() for a, b in blocks)
    free = sum(n * len(blocks) for n, blocks in heap._len_to_seq.items())
    taken = sum(arena.size for arena in heap._arenas)
    expect("used and free bytes together, of all arenas", used + free, taken)


def _overlaps(heap):
    """Return the blocks, free or used, that begin before the one before them ends."""
    found = []
    for arena, used in heap._allocated_blocks.items():
        free = [
            b[1:] for seq in heap._len_to_seq.values() for b in seq if b[0] is arena
        ]
        blocks = sorted([*used, *free])
        found += [b for a, b in zip(blocks, blocks[1:], strict=False) if b[0] < a[1]]
    return found


def test_4_a_short_trace(answer):
    trace = [100, 20, -1, 30, -2, 8]
    came = answer.measure(Heap(), trace)
    expect(f"measure(Heap(), {trace}).taken", came.taken, PAGE)
    expect(f"measure(Heap(), {trace}).wanted", came.wanted, 104 + 24)
    expect(f"measure(Heap(), {trace}).pieces", came.pieces, 3)


def _taken(answer, trace):
    """Return what best fit and first fit take for a trace, in pages."""
    classes = map(_one_page_each, (Heap, answer.FirstFitHeap))
    return tuple(answer.measure(one(), trace).taken // PAGE for one in classes)


def test_5_neither_always_wins(answer):
    # Holes of 1304 and 1200 bytes, in an arena that is full otherwise.
    holes = [1304, 8, 1200, PAGE - 1304 - 8 - 1200, -1, -3]
    what = "pages that best fit and first fit take for holes of 1304 and 1200 bytes and"
    expect(f"{what} 1104, 1304", _taken(answer, [*holes, 1104, 1304]), (1, 2))
    expect(f"{what} 1000, 1104, 248", _taken(answer, [*holes, 1000, 1104, 248]), (2, 1))


@pytest.mark.skipif(PAGE != 4096, reason="counted with pages of 4096 bytes")
def test_6_the_recorded_trace(answer, heap):
    first = answer.measure(heap, TRACE)
    expect("what first fit needs for the recorded trace", first, (57344, 48280, 143))
    best = answer.measure(_one_page_each(Heap)(), TRACE)
    expect("what best fit takes and what is wanted", best[:2], (57344, 48280))


# What Python 3.11 asked of malloc, and gave back, while it compiled a function of 12
# lines; recorded by PYTHONMALLOC=malloc valgrind --trace-malloc=yes python ...
TRACE = [
    int(number)
    for number in """
28 64 -2 -1 24 8224 2848 292 -6 291 6 152 8 48 160 8 36 8 -15 -10 16 48 39 55 -16 32 48
48 8 64 -20 64 48 48 48 48 -24 128 35 -23 16 51 -25 128 48 48 48 48 48 48 48 48 51 -43
-32 8 -44 16 51 -46 -30 192 51 -48 -45 8 -49 16 51 -51 51 -52 -50 8 51 -54 -47 256 8 -56
8 -57 8 -58 35 51 37 8 -62 8 -63 8 -64 51 -65 -55 320 -53 16 -67 8 -68 16 51 -70 51 -71
-69 8 51 -73 51 -74 51 -75 -72 16 -76 8 -66 416 -77 16 51 -80 51 -81 -79 8 51 -83 51 -84
51 -85 -82 16 -86 -34 256 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 8 35 35 51
-107 -78 512 51 -109 51 -110 8 -111 8 -112 8 -113 8 38 8 -116 43 59 -118 -108 608 58 8
-121 72 8 -123 8 -124 8 -125 8 -126 8 -127 59 -128 8 -129 8 -130 8 -131 8 -132 -114 8224
-87 512 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48
48 48 48 48 48 35 51 -168 35 51 -170 35 -119 736 51 -173 51 -174 8 37 -175 8 -177 8 -178
8 35 51 -181 51 -182 8 51 -184 36 52 -186 -172 864 8 -188 8 -189 8 -190 8 -191 8 -192 52
-193 52 -194 -183 52 -195 8 -196 52 -197 8 -198 8 -199 8 -200 8 -201 8 -202 -179 38 51
-204 -104 16 35 51 -207 -187 1024 51 -209 51 -210 8 35 51 -213 51 -214 -211 8 -215 8
-216 8 36 52 52 -220 8 52 -222 35 51 -224 51 -225 51 -226 35 -208 1184 51 -229 51 -230 8
-231 8 -232 8 -233 51 -234 35 51 -236 51 -237 8 -238 -221 51 -239 51 -240 51 -241 51
-242 8 -243 8 -244 8 -245 8 -246 -134 1024 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48
48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48
48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 35 8224 -228 1376 8 36 52
-317 52 -318 8 -319 8 -320 8 -321 52 -322 -315 8 -323 8 -324 8 35 51 -327 51 -328 8 51
-330 36 52 -332 52 -333 -329 52 -334 52 -335 -314 1600 8 -337 8 -338 8 -339 8 -340 8
-341 -325 37 8 35 51 -345 51 -346 8 51 -348 36 52 -350 52 -351 -347 52 -352 52 -353 8
-354 8 -355 8 -356 8 -357 8 -358 -343 -217 16 8 -360 -359 -205 32 39 -336 1856 55 -364
35 51 -366 51 -367 51 -368 8 -369 8 -370 8 -371 8 -372 51 -373 8 8 -375 8 -376 8 -377
-374 8224 8 -379 55 -380 51 -381 8 -382 8 -383 8 -384 8 -385 8 -386 8 -387 -361 8 -388
-13 -11 -17 -21 -22 -26 -27 -28 -29 -35 -36 -37 -38 -39 -40 -41 -42 -88 -89 -90 -91 -92
-93 -94 -95 -96 -97 -98 -99 -100 -101 -102 -103 -135 -136 -137 -138 -139 -140 -141 -142
-143 -144 -145 -146 -147 -148 -149 -150 -151 -152 -153 -154 -155 -156 -157 -158 -159
-160 -161 -162 -163 -164 -165 -166 -248 -249 -250 -251 -252 -253 -254 -255 -256 -257
-258 -259 -260 -261 -262 -263 -264 -265 -266 -267 -268 -269 -270 -271 -272 -273 -274
-275 -276 -277 -278 -279 -280 -281 -282 -283 -284 -285 -286 -287 -288 -289 -290 -291
-292 -293 -294 -295 -296 -297 -298 -299 -300 -301 -302 -303 -304 -305 -306 -307 -308
-309 -310 -311 -247 -12 -9 -8 -7 -5 8 80 28 120 160 28 120 208 32 -397 216 216 216 216
216 216 216 216 216 216 216 216 216 216 208 512 256 216 32 32 32 32 32 32 32 32 64 -424
-423 -412 -413 -408 -414 -411 -409 -410 -415 -405 -406 -407 32 32 64 -427 -426 -400 -403
-401 -402 -404 -398 -399 792 28 -429 8 -430 8 -431 56 640 160 160 792 28 -437 56 -438 56
-439 48 56 640 160 56 56 640 56 640 56 640 56 56 56 56 640 640 56 56 56 640 640 640 640
1 161 65 49 -464 40 96 -469 96 -470 80 176 176 -472 176 -473 176 176 -474 -476 -475 -471
-465 289 -466 97 -478 161 -479 289 -467 -480 160 288 -434 -477 239 38 392 -468 -460 -459
-461 -458 -462 -457 -463 -454 -453 -456 -452 -455 -451 -450 -449 -447 -446 -445 -448
-444 -442 -441 -443 -436 -440 568 -482 1 161 65 49 -487 24 -491 64 8 -493 8 -494 8 176
-496 -495 -489 97 -490 -497 68 -488 47 56 56 200 -492 -433 -432 -435 -428 -391 -425 -392
-394 -416 -417 -418 -419 -420 -421 -422 -396 -395 -393 -390 -389 -483 -499 -486 -4 -133
-313 -378 -365 -362 -349 -344 -342 -331 -326 -316 -312 -235 -227 -223 -218 -212 -206
-203 -185 -180 -176 -171 -169 -167 -120 -117 -115 -106 -105 -61 -59 -31 -18 -14 -363 -3
""".split()
]
