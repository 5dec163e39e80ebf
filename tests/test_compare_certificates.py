"""The certificates that a check makes for itself."""

import ssl

import pytest

from compare import certificates
from compare.certificates import Identity


@pytest.fixture(scope="module")
def authority():
    return Identity("an authority")


def context(protocol, folder, shown, trusted):
    made = ssl.SSLContext(protocol)
    made.verify_flags |= ssl.VERIFY_X509_STRICT
    made.load_cert_chain(shown.write(folder / f"shown{protocol}"))
    made.load_verify_locations(trusted.write(folder / f"trusted{protocol}"))
    made.verify_mode = ssl.CERT_REQUIRED
    return made


def shake_hands(server, client, host):
    """Have two contexts make a handshake; return both sides."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(back, there, server_hostname=host),
        server.wrap_bio(there, back, server_side=True),
    ]
    for side in sides * 2:
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            pass
    return sides


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "host.example"])
def test_openssl_accepts_them(tmp_path, authority, host):
    here, there = Identity("a client", authority), Identity(host, authority)
    server = context(ssl.PROTOCOL_TLS_SERVER, tmp_path, there, authority)
    client = context(ssl.PROTOCOL_TLS_CLIENT, tmp_path, here, authority)
    ours, theirs = shake_hands(server, client, host)
    assert ours.getpeercert()["subject"] == (((("commonName", host)),),)
    assert theirs.getpeercert()["issuer"] == ((("commonName", "an authority"),),)


@pytest.mark.parametrize(
    "host, trusted, why",
    [
        ("elsewhere.example", "an authority", "Hostname mismatch"),
        ("host.example", "another authority", "certificate in certificate chain"),
    ],
)
def test_openssl_refuses_others(tmp_path, authority, host, trusted, why):
    there = Identity("host.example", authority)
    known = {"an authority": authority, "another authority": Identity("another")}
    server = context(ssl.PROTOCOL_TLS_SERVER, tmp_path, there, authority)
    client = context(ssl.PROTOCOL_TLS_CLIENT, tmp_path, there, known[trusted])
    with pytest.raises(ssl.SSLCertVerificationError, match=why):
        shake_hands(server, client, host)


def test_curve_has_as_many_points():
    assert certificates._times(certificates.N, certificates.G) is None
    assert certificates._times(certificates.N + 1, certificates.G) == certificates.G


def test_lengths_of_several_bytes():
    assert certificates._der(4, bytes(127))[:2] == b"\x04\x7f"
    assert certificates._der(4, bytes(128))[:3] == b"\x04\x81\x80"
    assert certificates._der(4, bytes(300))[:4] == b"\x04\x82\x01\x2c"
