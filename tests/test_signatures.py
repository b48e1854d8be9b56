"""Signatures of SSH keys: what ssh-keygen makes, Python accepts; what Python accepts, ssh-keygen accepts."""

import base64
import datetime as dt
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from qaseed.errors import SnapshotError, UsageError
from qaseed.signatures import NAMESPACE, Trust, combine, read_trust, sign
from qaseed.signatures.allowed_signers import Revoked, Signer, matches, read_signers
from qaseed.signatures.wire import PublicKey, string

pytestmark = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs ssh-keygen of openssh-client")

MANIFEST = b'{\n "format": 1\n}\n'
KINDS = {
    "ed25519": ("-t", "ed25519"),
    "ecdsa256": ("-t", "ecdsa", "-b", "256"),
    "ecdsa384": ("-t", "ecdsa", "-b", "384"),
    "ecdsa521": ("-t", "ecdsa", "-b", "521"),
    "rsa": ("-t", "rsa", "-b", "2048"),
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A key of each kind, by its name."""
    folder = tmp_path_factory.mktemp("keys")
    for name, options in KINDS.items():
        subprocess.run(("ssh-keygen", "-q", "-N", "", "-C", name, "-f", folder / name, *options), check=True)
    return {name: folder / name for name in KINDS}


def public(key):
    """The text of a key's public half."""
    return key.with_suffix(".pub").read_text().strip()


def trusting(tmp_path, *lines, revoked=None, identity=None):
    """The trust in a file of these lines."""
    (tmp_path / "signers").write_text("# who may sign\n\n" + "\n".join(lines) + "\n")
    return read_trust(tmp_path / "signers", revoked, identity)


def accepted_by_ssh_keygen(tmp_path, signature, content=MANIFEST, identity="qa@example.com", revoked=None):
    """Whether `ssh-keygen -Y verify` accepts a signature by the signers of `trusting`."""
    (tmp_path / "signature").write_bytes(signature)
    revocation = ("-r", revoked) if revoked else ()
    command = ("ssh-keygen", "-Y", "verify", "-f", tmp_path / "signers", "-I", identity, "-n", NAMESPACE)
    command = (*command, "-s", tmp_path / "signature", *revocation)
    run = subprocess.run(command, input=content, capture_output=True, check=False)
    return run.returncode == 0


def refusal(trust, signature, content=MANIFEST):
    """Why a signature is refused, on one line."""
    with pytest.raises(SnapshotError) as refused:
        trust.require("minimal", content, signature)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
def test_both_accept_what_ssh_keygen_signed_and_no_other_content(kind, keys, tmp_path):
    signature = sign(MANIFEST, keys[kind], NAMESPACE)
    trust = trusting(tmp_path, f"qa@example.com {public(keys[kind])}")
    signed_by = trust.require("minimal", MANIFEST, signature)
    listed = subprocess.run(("ssh-keygen", "-l", "-f", keys[kind]), capture_output=True, text=True, check=True).stdout
    assert signed_by.principals == "qa@example.com"
    assert signed_by.fingerprint in listed
    assert accepted_by_ssh_keygen(tmp_path, signature)
    assert "is of another content" in refusal(trust, signature, MANIFEST + b" ")
    assert not accepted_by_ssh_keygen(tmp_path, signature, MANIFEST + b" ")


def security_key(kind, content):
    """The public key and the signature that a security key would make: its private half is here in memory."""
    application, flags, counter = b"ssh:", b"\x01", (7).to_bytes(4, "big")
    signed = b"SSHSIG" + b"".join(map(string, (NAMESPACE.encode(), b"", b"sha512", hashlib.sha512(content).digest())))
    message = hashlib.sha256(application).digest() + flags + counter + hashlib.sha256(signed).digest()
    if kind == "sk-ssh-ed25519@openssh.com":
        private = ed25519.Ed25519PrivateKey.generate()
        blob = string(kind.encode()) + string(private.public_key().public_bytes_raw()) + string(application)
        raw = private.sign(message)
    else:
        private = ec.generate_private_key(ec.SECP256R1())
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        blob = string(kind.encode()) + string(b"nistp256") + string(point) + string(application)
        numbers = decode_dss_signature(private.sign(message, ec.ECDSA(hashes.SHA256())))
        raw = b"".join(string(n.to_bytes(n.bit_length() // 8 + 1, "big")) for n in numbers)
    inner = string(kind.encode()) + string(raw) + flags + counter
    outer = b"SSHSIG" + (1).to_bytes(4, "big") + string(blob)
    outer += string(NAMESPACE.encode()) + string(b"") + string(b"sha512") + string(inner)
    return PublicKey(blob), armored(outer)


def armored(content):
    """The text form of a signature."""
    lines = base64.encodebytes(content).replace(b"\n", b"")
    lines = b"\n".join(lines[n : n + 70] for n in range(0, len(lines), 70))
    return b"-----BEGIN SSH SIGNATURE-----\n" + lines + b"\n-----END SSH SIGNATURE-----\n"


@pytest.mark.parametrize("kind", ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"])
def test_both_accept_the_signature_of_a_security_key(kind, tmp_path):
    key, signature = security_key(kind, MANIFEST)
    trust = trusting(tmp_path, f"qa@example.com {key.text}")
    assert trust.require("minimal", MANIFEST, signature).fingerprint == key.fingerprint
    assert accepted_by_ssh_keygen(tmp_path, signature)
    assert "is of another content" in refusal(trust, signature, b"other")


def test_a_signature_for_another_purpose_does_not_count(keys, tmp_path):
    trust = trusting(tmp_path, f"qa@example.com {public(keys['ed25519'])}")
    signature = sign(MANIFEST, keys["ed25519"], "git")
    assert "is for the namespace 'git', not 'qaseed-snapshot'" in refusal(trust, signature)
    assert not accepted_by_ssh_keygen(tmp_path, signature)


def test_every_flipped_bit_of_a_signature_is_refused(keys, tmp_path):
    trust = trusting(tmp_path, f"qa@example.com {public(keys['ed25519'])}")
    content = base64.b64decode(b"".join(sign(MANIFEST, keys["ed25519"], NAMESPACE).splitlines()[1:-1]))
    assert trust.require("minimal", MANIFEST, armored(content))
    for position in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[position] ^= 1 << bit
            refusal(trust, armored(bytes(changed)))
    for length in range(len(content)):
        refusal(trust, armored(content[:length]))
    assert "something follows" in refusal(trust, armored(content + b"\0"))


def test_who_is_unknown_is_refused_and_one_accepted_signature_of_several_is_enough(keys, tmp_path):
    trust = trusting(tmp_path, f"qa@example.com {public(keys['ed25519'])}")
    unknown, known = (sign(MANIFEST, keys[kind], NAMESPACE) for kind in ("rsa", "ed25519"))
    assert "which is not an allowed signer's" in refusal(trust, unknown)
    assert trust.require("minimal", MANIFEST, unknown + known).principals == "qa@example.com"
    assert "it is not signed" in refusal(trust, None)
    assert "it is not signed" in refusal(trust, b"\n")
    assert "is not one of ssh-keygen -Y sign" in refusal(trust, b"-----BEGIN PGP SIGNATURE-----\n")
    assert "has more than 65,536 bytes" in refusal(trust, b"x" * 65_537)


def options(**values):
    """The options of a line of allowed signers."""
    return ",".join(f'{name.replace("_", "-")}="{value}"' for name, value in values.items())


def day(offset, form="%Y%m%dZ"):
    """A day before or after today, as OpenSSH writes it."""
    return (dt.datetime.now(dt.UTC) + dt.timedelta(days=offset)).strftime(form)


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        (options(namespaces=NAMESPACE), None),
        (options(namespaces="git,qaseed-*"), None),
        (options(namespaces="git"), "is not allowed for the namespace"),
        (options(namespaces="*,!qaseed-snapshot"), "is not allowed for the namespace"),
        (options(valid_after=day(-2), valid_before=day(2)), None),
        (options(valid_after=day(-2, "%Y%m%d%H%M%S")), None),
        (options(valid_after=day(2)), "is not valid before"),
        (options(valid_before=day(-2, "%Y%m%d%H%MZ")), "expired on"),
        ("cert-authority", "is a certificate authority there"),
    ],
    ids=["one", "pattern", "another", "all but it", "both", "begun", "not yet", "expired", "authority"],
)
def test_options_of_signers_are_obeyed_as_ssh_keygen_does(stated, reason, keys, tmp_path):
    trust = trusting(tmp_path, f"qa@example.com {stated} {public(keys['ed25519'])}")
    signature = sign(MANIFEST, keys["ed25519"], NAMESPACE)
    assert accepted_by_ssh_keygen(tmp_path, signature) == (reason is None)
    if reason is None:
        assert trust.require("minimal", MANIFEST, signature)
    else:
        assert reason in refusal(trust, signature)
        assert "(line 3)" in refusal(trust, signature)


@pytest.mark.parametrize(
    ("identity", "principals"),
    [
        ("qa@example.com", "qa@example.com"),
        ("qa@example.com", "*@example.com"),
        ("qa@example.com", '"dev@example.com,qa@example.c?m"'),
        ("qa@example.com", "*,!qa@*"),
        ("qa@example.com", "qa@example.org"),
        ("qa[1]@example.com", "qa[1]@example.com"),
        ("qa1@example.com", "qa[1]@example.com"),
    ],
)
def test_patterns_of_names_match_as_those_of_ssh_keygen(identity, principals, keys, tmp_path):
    trusting(tmp_path, f"{principals} {public(keys['ed25519'])}")
    signature = sign(MANIFEST, keys["ed25519"], NAMESPACE)
    trust = read_trust(tmp_path / "signers", identity=identity)
    expected = accepted_by_ssh_keygen(tmp_path, signature, identity=identity)
    assert matches(identity, principals.strip('"')) == expected
    if expected:
        assert trust.require("minimal", MANIFEST, signature)
    else:
        assert f"not to {identity!r}" in refusal(trust, signature)


def revocation_list(tmp_path, *specifications):
    """A key revocation list of ssh-keygen."""
    (tmp_path / "specification").write_text("\n".join(specifications) + "\n")
    subprocess.run(("ssh-keygen", "-q", "-k", "-f", tmp_path / "krl", tmp_path / "specification"), check=True)
    return tmp_path / "krl"


@pytest.mark.parametrize("form", ["keys", "list", "sha1", "sha256"])
def test_revoked_keys_are_refused_as_ssh_keygen_does(form, keys, tmp_path):
    both = [f"qa@example.com {public(keys[kind])}" for kind in ("ed25519", "rsa")]
    if form == "keys":
        revoked = tmp_path / "revoked"
        revoked.write_text(f"# lost\n{public(keys['ed25519'])}\n")
    else:
        revoked = revocation_list(tmp_path, f"{'key' if form == 'list' else form}: {public(keys['ed25519'])}")
    trust = trusting(tmp_path, *both, revoked=revoked)
    lost, kept = (sign(MANIFEST, keys[kind], NAMESPACE) for kind in ("ed25519", "rsa"))
    assert "which is revoked" in refusal(trust, lost)
    assert not accepted_by_ssh_keygen(tmp_path, lost, revoked=revoked)
    assert trust.require("minimal", MANIFEST, kept)
    assert accepted_by_ssh_keygen(tmp_path, kept, revoked=revoked)


def test_a_certificate_is_refused_by_name(keys, tmp_path):
    authority, key = keys["rsa"], tmp_path / "key"
    subprocess.run(("ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", key), check=True)
    sign_key = ("ssh-keygen", "-q", "-s", authority, "-I", "qa", "-n", "qa@example.com", key.with_suffix(".pub"))
    subprocess.run(sign_key, check=True, capture_output=True)
    trust = trusting(tmp_path, f"qa@example.com cert-authority {public(authority)}")
    certificate = tmp_path / "key-cert.pub"
    agent = subprocess.run(
        ("ssh-agent", "sh", "-c", f"ssh-add -q {key} && ssh-keygen -q -Y sign -f {certificate} -n {NAMESPACE}"),
        input=MANIFEST,
        capture_output=True,
        check=True,
    )
    assert "was made with a certificate" in refusal(trust, agent.stdout)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("qa@example.com", "line 3: is no line of allowed signers"),
        ("qa@example.com ssh-ed25519 AAAA", "is not followed by a public key"),
        ("qa@example.com ssh-rsa {blob}", "'ssh-rsa' is not followed by a public key of that type"),
        ('qa@example.com valid-until="20300101" ssh-ed25519 {blob}', "has the option valid-until, which is not known"),
        ('qa@example.com valid-after="tomorrow" ssh-ed25519 {blob}', "'tomorrow' is no moment"),
        ('qa@example.com valid-after="20301301" ssh-ed25519 {blob}', "line 3"),
        ('qa@example.com namespaces="a",namespaces="b" ssh-ed25519 {blob}', "has the option namespaces twice"),
        ("", "names no signer"),
    ],
)
def test_a_file_of_signers_that_is_not_in_order_is_refused(line, what, keys, tmp_path):
    with pytest.raises(UsageError, match="signers") as refused:
        trusting(tmp_path, line.format(blob=public(keys["ed25519"]).split()[1]))
    assert what in str(refused.value)


def test_files_of_keys_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_signers(tmp_path / "none")
    (tmp_path / "krl").write_bytes(b"SSHKRL\n\0" + (1).to_bytes(4, "big"))
    (tmp_path / "signers").write_text("")
    with pytest.raises(UsageError, match="cannot be read as a key revocation list"):
        read_trust(tmp_path / "signers", tmp_path / "krl")


def test_signing_says_what_is_missing(keys, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="is no key"):
        sign(MANIFEST, tmp_path / "none", NAMESPACE)
    (tmp_path / "text").write_text("no key\n")
    with pytest.raises(UsageError, match="ssh-keygen cannot sign with it"):
        sign(MANIFEST, tmp_path / "text", NAMESPACE)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="install openssh-client"):
        sign(MANIFEST, keys["ed25519"], NAMESPACE)


def test_a_block_that_cannot_be_read_hides_no_signature(keys, tmp_path):
    unreadable = armored(b"SSHSIG" + (2).to_bytes(4, "big"))
    signatures = [sign(MANIFEST, keys[kind], NAMESPACE) for kind in ("ed25519", "ecdsa256")]
    document = combine(unreadable + signatures[0], signatures[1])
    assert combine(combine(document, signatures[0]), document) == document
    assert document.count(unreadable) == 1
    for kind in ("ed25519", "ecdsa256"):
        assert trusting(tmp_path, f"qa@example.com {public(keys[kind])}").require("minimal", MANIFEST, document)
    assert "its format is another" in refusal(trusting(tmp_path, f"qa@example.com {public(keys['rsa'])}"), document)


@given(st.binary(max_size=300))
def test_no_bytes_make_anything_but_a_refusal(keys, content):
    signer = Signer(1, "qa@example.com", PublicKey(base64.b64decode(public(keys["ed25519"]).split()[1])))
    trust = Trust(Path("signers"), (signer,), Revoked(), None)
    begin = b"SSHSIG" + (1).to_bytes(4, "big")
    of_signer = begin + string(signer.key.blob) + string(NAMESPACE.encode()) + string(b"") + string(b"sha512")
    signature = string(string(b"ssh-ed25519") + string(content))
    for document in (content, armored(content), armored(begin + content), armored(of_signer + signature)):
        with pytest.raises(SnapshotError):
            trust.require("minimal", MANIFEST, document)
