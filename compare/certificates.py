"""Certificates for a check that speaks TLS, made here: the standard library has none.

They have what OpenSSL asks for and no more. The arithmetic leaks the keys to whoever
can time it, and the keys are written to files as they are: good for tests alone.
"""

import base64
import hashlib
import ipaddress
import secrets
import textwrap

# The curve NIST P-256: y**2 = x**3 - 3*x + b, modulo P; N times G is zero.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)

BOOLEAN, INTEGER, BITS, OCTETS, OBJECT, UTF8 = 1, 2, 3, 4, 6, 12
TIME, SEQUENCE, SET = 24, 0x30, 0x31
ID_EC, ID_P256 = "1.2.840.10045.2.1", "1.2.840.10045.3.1.7"
ID_ECDSA_SHA256, ID_COMMON_NAME = "1.2.840.10045.4.3.2", "2.5.4.3"
ID_SUBJECT_KEY, ID_AUTHORITY_KEY = "2.5.29.14", "2.5.29.35"
ID_USAGE, ID_NAMES, ID_CONSTRAINTS = "2.5.29.15", "2.5.29.17", "2.5.29.19"


class Identity:
    """A key, and a certificate of it: `host` is a name or an address.

    It is signed by `authority`, another Identity; without one, it is an authority, and
    signs itself. `write(path)` writes both as PEM.
    """

    def __init__(self, host, authority=None):
        self.host = host
        self.secret = 1 + secrets.randbelow(N - 1)
        self.point = _times(self.secret, G)
        self.certificate = self._certificate(authority or self, authority is None)

    def write(self, path):
        """Write certificate and key to a file; return its path as a str."""
        text = _pem("CERTIFICATE", self.certificate) + _pem(
            "EC PRIVATE KEY", self._key()
        )
        path.write_text(text)
        return str(path)

    def sign(self, message):
        """Return the ECDSA signature of bytes, with SHA-256."""
        digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
        once = 1 + secrets.randbelow(N - 1)
        r = _times(once, G)[0] % N
        s = (digest + r * self.secret) * pow(once, -1, N) % N
        return _der(SEQUENCE, _integer(r), _integer(s))

    def _public(self):
        x, y = self.point
        return b"\4" + x.to_bytes(32, "big") + y.to_bytes(32, "big")

    def _key(self):
        return _der(
            SEQUENCE,
            _integer(1),
            _der(OCTETS, self.secret.to_bytes(32, "big")),
            _der(0xA0, _object(ID_P256)),
            _der(0xA1, _der(BITS, b"\0" + self._public())),
        )

    def _key_id(self):
        return hashlib.sha1(self._public()).digest()

    def _name(self):
        pair = _der(SEQUENCE, _object(ID_COMMON_NAME), _der(UTF8, self.host.encode()))
        return _der(SEQUENCE, _der(SET, pair))

    def _certificate(self, issuer, is_authority):
        algorithm = _der(SEQUENCE, _object(ID_ECDSA_SHA256))
        kind = _der(SEQUENCE, _object(ID_EC), _object(ID_P256))
        body = _der(
            SEQUENCE,
            _der(0xA0, _integer(2)),  # version 3
            _integer(1 + secrets.randbits(63)),  # serial number
            algorithm,
            issuer._name(),
            _der(
                SEQUENCE, *(_der(TIME, y + b"0101000000Z") for y in (b"2020", b"2120"))
            ),
            self._name(),
            _der(SEQUENCE, kind, _der(BITS, b"\0" + self._public())),
            _der(0xA3, _der(SEQUENCE, *self._extensions(issuer, is_authority))),
        )
        return _der(SEQUENCE, body, algorithm, _der(BITS, b"\0" + issuer.sign(body)))

    def _extensions(self, issuer, is_authority):
        yield _extension(ID_SUBJECT_KEY, _der(OCTETS, self._key_id()))
        yield _extension(ID_AUTHORITY_KEY, _der(SEQUENCE, _der(0x80, issuer._key_id())))
        if is_authority:  # it may sign certificates, which is bit 5
            true = _der(BOOLEAN, b"\xff")
            yield _extension(ID_CONSTRAINTS, _der(SEQUENCE, true), critical=True)
            yield _extension(ID_USAGE, _der(BITS, b"\2\4"), critical=True)
        else:
            yield _extension(ID_CONSTRAINTS, _der(SEQUENCE), critical=True)
            yield _extension(ID_NAMES, _der(SEQUENCE, _host(self.host)))


def _host(host):
    try:
        return _der(0x87, ipaddress.ip_address(host).packed)
    except ValueError:
        return _der(0x82, host.encode())


def _extension(name, value, critical=False):
    flag = [_der(BOOLEAN, b"\xff")] if critical else []
    return _der(SEQUENCE, _object(name), *flag, _der(OCTETS, value))


def _der(tag, *parts):
    """Return a tag, the length of what follows, and the parts."""
    data = b"".join(parts)
    size = len(data)
    if size < 128:
        return bytes([tag, size]) + data
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(length)]) + length + data


def _integer(n):
    return _der(INTEGER, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def _object(dotted):
    first, second, *rest = map(int, dotted.split("."))
    data = bytes([40 * first + second])
    for n in rest:
        digits = [n & 127]
        while n := n >> 7:
            digits.insert(0, 128 | n & 127)
        data += bytes(digits)
    return _der(OBJECT, data)


def _pem(label, data):
    text = "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 64))
    return f"-----BEGIN {label}-----\n{text}\n-----END {label}-----\n"


def _plus(a, b):
    """Return the sum of two points of the curve; None is zero."""
    if a is None or b is None:
        return a or b
    (x1, y1), (x2, y2) = a, b
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    if a == b:
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def _times(n, point):
    """Return the sum of `n` times a point."""
    total = None
    while n:
        if n & 1:
            total = _plus(total, point)
        point, n = _plus(point, point), n >> 1
    return total
