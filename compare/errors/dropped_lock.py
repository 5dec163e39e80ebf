"""The parent dropped a lock, or a value with one, before the child had started.

A spawned child opens the lock by its name, and the parent removes the name when its own
object goes. minimp sends the memory itself, which stays as long as someone has it.

Text: FileNotFoundError: [Errno 2] No such file or directory
minimp: nothing
Code: multiprocessing.synchronize.SemLock.__setstate__
Do: Keep the object in a variable of the parent until the child has been joined.
Read: a-values-life#it-is-dropped
Method: spawn
"""


def main(mp):
    child = mp.Process(target=id, args=(mp.Value("i"),))
    child.start()
    child.join()
