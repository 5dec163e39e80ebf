"""The arguments of a function were not given as a tuple.

`(5)` is 5, and only `(5,)` is a tuple. A text is taken for a sequence of letters, so
that the function gets an argument for each letter; the child says so.

Text: TypeError: 'int' object is not iterable
Text: TypeError: work() takes 1 positional argument but 2 were given
Text: TypeError: args_no_tuple.work() argument after * must be an iterable, not int
Code: multiprocessing.process.BaseProcess.__init__
Do: Write the comma: `args=(5,)`, `pool.apply(work, (5,))`.
Read: copy-or-fresh-start#the-arguments-are-no-tuple
"""

from compare.errors._attempt import attempt


def work(word):
    pass


def main(mp):
    attempt(lambda: mp.Process(target=work, args=(5)))
    child = mp.Process(target=work, args=("ab"))
    child.start()
    child.join()
    with mp.Pool(1) as pool:
        attempt(lambda: pool.apply(work, 5))
