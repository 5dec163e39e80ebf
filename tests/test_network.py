"""The server and the two clients of `three_machines`, on one machine and on three.

Network namespaces stand for the machines: the server's is linked with each client's,
by a pair of virtual network cards. Nothing of it exists in the namespace of the test.
Where namespaces are not allowed, the tests of the second part skip.
"""

import contextlib
import os
import re
import select
import shutil
import subprocess
import sys

import pytest
from support import TIMEOUT

from compare import source
from compare.programs import three_machines

NAMES = ("multiprocessing", "minimp")
PIPE = subprocess.PIPE
PIPES = {"stdout": PIPE, "stderr": subprocess.STDOUT}


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("POST_KEY", "the key of the test")
    monkeypatch.setenv("PYTHONPATH", str(source.ROOT))


@contextlib.contextmanager
def serving(package, host, port=0, through=()):
    """Give a server and its address; it has ended after the block."""
    role = "serve", package, host, port, through
    with three_machines.running(*role, **PIPES) as server:
        assert select.select([server.stdout], [], [], TIMEOUT)[0], "no server in time"
        yield server, three_machines.address_of(server)


def check_messages(package, ways, through=((), ())):
    """Have Ann and Bob leave each other messages; they reach the server on `ways`."""
    with contextlib.ExitStack() as stack:
        roles = zip(("ann", "bob"), ways, through, strict=True)
        clients = [
            stack.enter_context(
                three_machines.running(who, package, *address, command, **PIPES)
            )
            for who, address, command in roles
        ]
        said = [client.communicate(timeout=TIMEOUT)[0] for client in clients]
        assert [client.returncode for client in clients] == [0, 0], said
    assert said == [
        "Ann writes first\nAnn reads: Ann, only on Friday.\n",
        "Bob reads: Bob, do you travel tomorrow?\n",
    ]


@pytest.mark.parametrize("clients", NAMES)
@pytest.mark.parametrize("server", NAMES)
def test_messages_between_three_interpreters(server, clients):
    with serving(server, "127.0.0.1") as (served, address):
        check_messages(clients, [address, address])
        assert served.poll() is None
        served.terminate()
        assert served.communicate(timeout=TIMEOUT) == ("", None)


@pytest.mark.parametrize("server", NAMES)
def test_new_clients_after_a_restart_at_the_same_address(server):
    with serving(server, "127.0.0.1") as (_, address):
        check_messages("minimp", [address, address])
    with serving(server, *address) as (_, again):
        assert again == address
        check_messages("minimp", [address, address])


# --- machines ----------------------------------------------------------------

SERVER = "10.9.0.1"  # which both clients know, each by its own road
WAYS = "10.9.1.1", "10.9.2.1"  # Ann's end of the server, and Bob's
NOT_ALLOWED = re.compile(
    "not permitted|denied|not supported|[Uu]nknown device type|Read-only file system"
)


def ip(*args, check=True):
    command = ["ip", *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    if check and done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def remove(space):
    """Remove a namespace and all that runs in it; its cards go with it."""
    for pid in ip("netns", "pids", space, check=False).split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), 9)
    ip("netns", "delete", space, check=False)


def remove_leftovers():
    """Remove the namespaces of a test run that was killed."""
    for line in ip("netns", "list", check=False).splitlines():
        prefix, _, rest = line.partition("-")
        pid = rest.partition("-")[0]
        if prefix == "minimp" and pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            remove(line.split()[0])


def link(server, client, card, net):
    """Put a card into each namespace, and let the client find the server."""
    ip("link", "add", card, "netns", server, "type", "veth",
       "peer", "name", "eth0", "netns", client)  # fmt: skip
    for space, name, host in ((server, card, 1), (client, "eth0", 2)):
        ip("-n", space, "address", "add", f"{net}.{host}/30", "dev", name)
        ip("-n", space, "link", "set", name, "up")
    ip("-n", client, "route", "add", SERVER, "via", f"{net}.1")


@pytest.fixture(scope="module")
def spaces():
    """Give three linked network namespaces, {role: name}."""
    if shutil.which("ip") is None:
        pytest.skip("no `ip` (iproute2) here")
    remove_leftovers()
    names = {role: f"minimp-{os.getpid()}-{role}" for role in ("serve", "ann", "bob")}
    try:
        try:
            for name in names.values():
                ip("netns", "add", name)
            link(names["serve"], names["ann"], "to-ann", "10.9.1")
            link(names["serve"], names["bob"], "to-bob", "10.9.2")
            ip("-n", names["serve"], "address", "add", f"{SERVER}/32", "dev", "lo")
        except OSError as error:
            if not NOT_ALLOWED.search(str(error)):
                raise
            pytest.skip(f"network namespaces are not allowed here: {error}")
        yield names
    finally:
        for name in names.values():
            remove(name)


@pytest.fixture
def inside(spaces):
    """Give {role: the command that runs another one on its machine}."""
    return {role: ["ip", "netns", "exec", name] for role, name in spaces.items()}


@contextlib.contextmanager
def client(inside, who, address, code, before="", **kwds):
    """Run code on a client's machine, which finds a connected `manager`."""
    code = (
        f"{before}\n"
        "from compare.programs.three_machines import connect\n"
        f"manager = connect('minimp', {address!r})\n{code}"
    )
    command = [*inside[who], sys.executable, "-c", code]
    with subprocess.Popen(command, text=True, **PIPES, **kwds) as process:
        try:
            yield process
        finally:
            process.kill()


def test_each_machine_has_a_network_of_its_own(inside):
    networks = {
        subprocess.check_output([*command, "readlink", "/proc/self/ns/net"])
        for command in (*inside.values(), [])
    }
    assert len(networks) == 4


@pytest.mark.parametrize("clients", NAMES)
@pytest.mark.parametrize("server", NAMES)
def test_messages_between_three_machines(inside, server, clients):
    with serving(server, SERVER, 0, inside["serve"]) as (_, address):
        assert address[0] == SERVER
        check_messages(clients, [address] * 2, [inside["ann"], inside["bob"]])


@pytest.mark.parametrize("server", NAMES)
def test_server_on_all_its_addresses(inside, server):
    """Bound to 0.0.0.0, it is reached at each of them, but not at that one."""
    with serving(server, "0.0.0.0", 0, inside["serve"]) as (_, (host, port)):
        assert host == "0.0.0.0"
        ways = [(way, port) for way in WAYS]
        check_messages("minimp", ways, [inside["ann"], inside["bob"]])


def test_only_linked_machines_reach_the_server(inside):
    code = "import socket; s = socket.socket(); s.settimeout(2); s.connect"
    with serving("minimp", SERVER, 0, inside["serve"]) as (_, address):
        connect = [sys.executable, "-c", f"{code}({address})"]
        statuses = [
            subprocess.run([*command, *connect], capture_output=True, timeout=TIMEOUT)
            for command in (inside["ann"], [])
        ]
    assert [done.returncode for done in statuses] == [0, 1]


@pytest.fixture
def ipv6(spaces):
    """Give the server an address that only Ann reaches."""
    if not os.path.exists("/proc/sys/net/ipv6"):
        pytest.skip("this kernel has no IPv6")
    for role, card, host in (("serve", "to-ann", 1), ("ann", "eth0", 2)):
        ip("-n", spaces[role], "address", "add", f"fd09::{host}/64", "dev", card,
           "nodad")  # fmt: skip
    return "fd09::1"


def test_ipv6(inside, ipv6):
    with serving("minimp", ipv6, 0, inside["serve"]) as (_, address):
        assert address[0] == ipv6
        check_messages("minimp", [address] * 2, [inside["ann"]] * 2)


def test_a_proxy_keeps_the_address_that_its_maker_used(inside):
    """Who gets it has to reach the server there, too."""
    give = "manager.for_bob().put(manager.for_ann()); print('given')"
    take = """
import multiprocessing
multiprocessing.current_process().authkey = manager._authkey
try:
    manager.for_bob().get()
except OSError as error:
    print(error)
"""
    with serving("minimp", "0.0.0.0", 0, inside["serve"]) as (_, (_, port)):
        said = []
        ways = [(way, port) for way in WAYS]
        for who, way, code in zip(("ann", "bob"), ways, (give, take), strict=True):
            with client(inside, who, way, code) as process:
                said.append(process.communicate(timeout=TIMEOUT)[0])
    gone = f"the manager at {ways[0]} is gone"
    assert said == ["given\n", f"{gone}: OSError: [Errno 101] Network is unreachable\n"]


@pytest.mark.parametrize(
    "kind, error",
    [
        ("unreachable", "[Errno 113] No route to host"),
        ("prohibit", "[Errno 13] Permission denied"),
        ("throw", "[Errno 101] Network is unreachable"),
    ],
    ids=["unreachable", "prohibit", "throw"],
)
@pytest.mark.parametrize("package", NAMES)
def test_no_way_to_the_server(inside, spaces, package, kind, error):
    """What the system says, the client is told."""
    way = "-n", spaces["ann"], "route"
    ip(*way, "add", kind, "10.9.9.9")
    try:
        role = "ann", package, "10.9.9.9", 5438, inside["ann"]
        with three_machines.running(*role, **PIPES) as ann:
            said = ann.communicate(timeout=TIMEOUT)[0]
    finally:
        ip(*way, "delete", kind, "10.9.9.9")
    assert ann.returncode == 1
    assert said.splitlines()[-1].endswith(f"Error: {error}")


@pytest.fixture
def impatient(inside):
    """Have Ann's system give a machine up after a few seconds."""
    for name, times in (("tcp_retries2", 2), ("tcp_syn_retries", 1)):
        set_it = f"echo {times} > /proc/sys/net/ipv4/{name}"
        done = subprocess.run([*inside["ann"], "sh", "-c", set_it], capture_output=True)
        if done.returncode:
            pytest.skip(f"settings of the network cannot be changed here: {name}")


@pytest.fixture
def switched_off(spaces):
    """Give a function after which nothing comes from the server, not even a refusal."""
    way = "blackhole", "10.9.1.2/32"
    yield lambda: ip("-n", spaces["serve"], "route", "add", *way)
    ip("-n", spaces["serve"], "route", "delete", *way, check=False)


QUICK_KEEPALIVE = """
import socket
import minimp.connection
minimp.connection._KEEPALIVE = [
    (socket.TCP_KEEPIDLE, 1),
    (socket.TCP_KEEPINTVL, 1),
    (socket.TCP_KEEPCNT, 2),
]
"""
CALLS_OF_ANN = """
import os
box = manager.for_ann()
box.put("there")
box.get()
print(flush=True)
{wait}
for call in {calls}:
    try:
        call()
    except OSError as error:
        print(type(error).__name__, error, sep=": ", flush=True)
os._exit(0)
"""
TIMED_OUT = "TimeoutError: [Errno 110] Connection timed out"


@pytest.mark.slow
@pytest.mark.parametrize(
    "wait, calls, errors",
    [
        ("", "[box.get]", ["gone"]),
        ("input()", "[box.qsize, manager.connect]", ["gone", TIMED_OUT]),
    ],
    ids=["while it waits", "between calls"],
)
def test_machine_that_is_switched_off(
    inside, impatient, switched_off, wait, calls, errors
):
    code = CALLS_OF_ANN.format(wait=wait, calls=calls)
    with (
        serving("minimp", SERVER, 0, inside["serve"]) as (_, address),
        client(inside, "ann", address, code, QUICK_KEEPALIVE, stdin=PIPE) as ann,
    ):
        assert ann.stdout.readline() == "\n"
        switched_off()
        said = ann.communicate("\n", timeout=TIMEOUT)[0]
    gone = f"ManagerGoneError: the manager at {address} is gone: {TIMED_OUT}"
    assert said.splitlines() == [gone if one == "gone" else one for one in errors]
