"""As much of `redis` as docs/examples/with_redis.py uses, in this process."""

import contextlib


class Redis:
    @classmethod
    def from_url(cls, url, *, decode_responses):
        assert url.startswith("redis://") and decode_responses
        return cls()

    def __init__(self):
        self._data = {}

    def incr(self, name):
        self._data[name] = str(int(self._data.get(name, "0")) + 1)
        return int(self._data[name])

    def get(self, name):
        return self._data.get(name)

    def rpush(self, name, *values):
        self._data.setdefault(name, []).extend(values)
        return len(self._data[name])

    def blpop(self, keys, timeout):
        return [keys, self._data[keys].pop(0)]

    @contextlib.contextmanager
    def lock(self, name, timeout):
        assert name not in self._data
        self._data[name] = "somebody"
        yield
        del self._data[name]

    def close(self):
        self._data = None
