"""A counter, a mailbox and a lock in Redis: needs a server of it, and `redis`."""

import sys

import redis


def main(url):
    store = redis.Redis.from_url(url, decode_responses=True)
    for _ in range(3):
        store.incr("visits")  # one step in the server
    store.rpush("for_bob", "Bob, do you travel tomorrow?")
    with store.lock("printer", timeout=10):  # seconds; then it is free again
        print("visits:", store.get("visits"))
    print("Bob reads:", store.blpop("for_bob", timeout=5)[1])
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:] or ["redis://localhost:6379"])
