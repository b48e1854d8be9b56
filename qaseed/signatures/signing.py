"""Signing by `ssh-keygen -Y sign`: by a key file, or by the agent that has the private half of a public key."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from qaseed.errors import UsageError


def sign(content: bytes, key: Path, namespace: str) -> bytes:
    """The signature of a content; ssh-keygen asks for the passphrase of the key where it has one.

    Raises `UsageError` (exit code 2) if there is no such key, or ssh-keygen is missing or refuses.
    """
    if not key.is_file():
        raise UsageError(f"{key}: is no key; give the file of an SSH key, or of a public key that the agent has")
    command = ("ssh-keygen", "-Y", "sign", "-q", "-f", os.fspath(key.absolute()), "-n", namespace)
    try:
        run = subprocess.run(command, input=content, capture_output=True, check=False)  # noqa: S603  # no shell
    except FileNotFoundError:
        raise UsageError("signing needs ssh-keygen of OpenSSH 8.2 or later; install openssh-client") from None
    if run.returncode:
        lines = run.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
        raise UsageError(f"{key}: ssh-keygen cannot sign with it ({lines[-1].strip()}); check the key and the agent")
    return run.stdout
