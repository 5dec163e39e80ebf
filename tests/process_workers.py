"""What the tests of processes run in them."""

import atexit
import multiprocessing
import multiprocessing.connection
import multiprocessing.process
import os
import signal
import sys
import threading
import time
import weakref
from multiprocessing.util import Finalize, register_after_fork

import support


def context_of(name, method):
    """Return the context of a package itself."""
    return support.load(name).package.get_context(method)


def nothing(*args):
    pass


def imported(names):
    """Return those that are names of modules of this process."""
    return [name for name in names if name in sys.modules]


def start_method():
    return multiprocessing.get_start_method()


def wait_for(event):
    event.wait(support.TIMEOUT)


def raise_error():
    raise ZeroDivisionError("on purpose")


def end_with(code):
    sys.exit(code)


def end_by(number):
    """Be ended by signal `number`."""
    os.kill(os.getpid(), number)
    time.sleep(support.TIMEOUT)


def interrupt_oneself():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.kill(os.getpid(), signal.SIGINT)


def tell(connection, name):
    """Send what this process knows of itself and its parent."""
    process = support.load(name).process
    me, parent = process.current_process(), process.parent_process()
    same = me is multiprocessing.process.current_process()
    same = same and parent is multiprocessing.process.parent_process()
    connection.send(
        {
            "name": me.name,
            "identity": me._identity,
            "pid": (me.pid, me.ident) == (os.getpid(),) * 2,
            "daemon": me.daemon,
            "authkey": bytes(me.authkey),
            "alive": me.is_alive(),
            "exitcode": me.exitcode,
            "repr": repr(me).replace(str(os.getppid()), "PARENT"),
            "parent": (parent.name, parent.pid == os.getppid(), parent.is_alive()),
            "children": process.active_children(),
            "one for both": same,
            "stdin": sys.stdin.read(),
            "argv": sys.argv,
            "path": sys.path,
            "cwd": os.getcwd(),
            "start method": multiprocessing.get_start_method(),
        }
    )


def tell_of_children(connection, name, method):
    """Send the names that children of this process have, and theirs."""
    ctx = support.load(name).context(method)
    processes = [ctx.Process(target=nothing) for _ in range(2)]
    for process in processes:
        process.start()
    names = [process.name for process in processes]
    both = [multiprocessing.process, support.load(name).process]
    active = [{p.name for p in module.active_children()} for module in both]
    support.finish(*processes)
    connection.send((names, active[0] == active[1] <= set(names)))


def have_a_child(connection, name, method):
    ctx = support.load(name).context(method)
    try:
        ctx.Process(target=nothing).start()
    except BaseException as error:
        connection.send((type(error), str(error)))


def print_at_the_end(text):
    """Print, with and without a newline, and never flush."""
    print(text)
    print(text, end="!", file=sys.stdout)
    sys.stderr.write(text)


def register_exit_functions(path):
    """Have lines appended to the file as this process ends, in order."""

    def note(text):
        with open(path, "a") as file:
            file.write(text + "\n")

    atexit.register(note, "atexit")
    Finalize(None, note, args=("finalizer 1",), exitpriority=1)
    Finalize(None, note, args=("finalizer 9",), exitpriority=9)
    Finalize(None, note, args=("finalizer -1",), exitpriority=-1)
    threading.Thread(target=lambda: (time.sleep(0.1), note("thread"))).start()


def print_at_exit():
    atexit.register(print, "printed at exit")
    Finalize(None, print, args=("printed by a finalizer",), exitpriority=1)


def leave_a_child(name, method, started):
    """End while a child of this process still waits for the event `started`."""
    ctx = support.load(name).context(method)
    ctx.Process(target=wait_for, args=(started,), daemon=True).start()


def join_at_exit(name, method, value):
    ctx = support.load(name).context(method)
    ctx.Process(target=set_late, args=(value,)).start()


def set_late(value):
    time.sleep(0.2)
    value.value = 7


class Registered:
    """Counts the forks that it lived through."""

    def __init__(self):
        self.forks = 0
        register_after_fork(self, Registered.count)

    def count(self):
        self.forks += 1


def send_forks(connection, registered):
    connection.send(registered.forks)


def leave_one_behind(connection):
    """Fork without telling anybody, and end; the other stays until it is killed."""
    pid = os.fork()
    if pid == 0:
        time.sleep(support.TIMEOUT)
        os._exit(0)
    connection.send(pid)


def watch_parent(connection, name):
    """Say whether the parent lives, wait for its end, and say so."""
    parent = support.load(name).process.parent_process()
    connection.send((os.getpid(), parent.is_alive()))
    parent.join(support.TIMEOUT)
    connection.send((os.getpid(), parent.is_alive()))


def have_watchers(connection, name, method):
    """Have two children that watch this process; end when killed."""
    ctx = support.load(name).context(method)
    for _ in range(2):
        ctx.Process(target=watch_parent, args=(connection, name)).start()
    time.sleep(support.TIMEOUT)


class Callable:
    def __call__(self):
        pass


def callable_with_reference():
    target = Callable()
    return target, weakref.ref(target)


class Unpicklable:
    def __reduce__(self):
        raise ValueError("not to be pickled")


class Fatal:
    """Ends the process that unpickles it."""

    def __reduce__(self):
        return os._exit, (3,)


def ready_then_wait(event):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    event.set()
    time.sleep(support.TIMEOUT)


def ask_of_others(connection, started, new, event):
    """Ask objects that the parent has made; the process ends meanwhile."""
    found = {
        "join": support.outcome(started.join),
        "is_alive": support.outcome(started.is_alive),
        "exitcode": support.outcome(lambda: started.exitcode),
        "start": support.outcome(new.start),
        "repr": repr(started),
    }
    event.set()
    multiprocessing.connection.wait([started.sentinel], support.TIMEOUT)
    found["at its end"] = support.outcome(lambda: started.exitcode)
    connection.send(found)


def list_descriptors(connection):
    numbers = os.listdir("/proc/self/fd")
    paths = (f"/proc/self/fd/{number}" for number in numbers)
    connection.send([os.readlink(path) for path in paths if os.path.lexists(path)])


def use(thing):
    """Do something with a Value, a queue or an Event that `used` can see."""
    if hasattr(thing, "put"):
        thing.put("used")
    elif hasattr(thing, "set"):
        thing.set()
    else:
        with thing.get_lock():
            thing.value += 1


def used(thing):
    """Return whether a child did `use` it, and let go of it."""
    if hasattr(thing, "put"):
        found = thing.get() == "used"
        thing.close()
        return found
    return thing.is_set() if hasattr(thing, "set") else thing.value == 1
