"""Where the clients of object stores get credentials: the usual variables and files, and nowhere by a guess.

Metadata services are asked only where the environment names one: elsewhere that takes long and fails. Without any
credentials, access is anonymous, which public buckets allow.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qaseed.errors import StoreError, UsageError

FORK = (
    "no credentials are in the environment, and the store does not allow anonymous access; the pull request of a fork "
    "has none: let it pull from a public store, or generate the data instead"
)


@dataclass(frozen=True)
class Access:
    """What a client of an object store needs besides its URL."""

    options: dict[str, Any] = field(default_factory=dict)
    hint: str = ""
    """What to say when access is denied."""


def s3_access(url: str) -> Access:
    """Keys, a container's or web identity's role, or a profile of the AWS configuration; else none."""
    is_obstores = (
        _are_set("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        or _are_set("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN")
        or _any_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
    )
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    options = {"endpoint": endpoint} if endpoint else {}
    if _any_set("AWS_PROFILE") or (not is_obstores and any(path.is_file() for path in _aws_files())):
        return Access(options | _profile(url))
    if is_obstores or _any_set("AWS_EXECUTION_ENV", "AWS_METADATA_ENDPOINT"):
        return Access(options)
    return Access(options | {"skip_signature": True}, f"{FORK} (AWS_ACCESS_KEY_ID, AWS_PROFILE)")


def _profile(url: str) -> dict[str, Any]:
    if not importlib.util.find_spec("boto3"):
        named = "AWS_PROFILE" if _any_set("AWS_PROFILE") else "the AWS configuration of this user"
        raise StoreError(f"{url}: {named} needs boto3; `pip install 'qaseed[aws]'`, or set AWS_ACCESS_KEY_ID")
    import boto3
    import botocore.exceptions
    import botocore.session
    from obstore.auth.boto3 import Boto3CredentialProvider

    try:
        session = botocore.session.Session(profile=os.environ.get("AWS_PROFILE"))
        if not _any_set("AWS_EXECUTION_ENV", "AWS_METADATA_ENDPOINT"):
            session.get_component("credential_provider").remove("iam-role")
        provider = Boto3CredentialProvider(boto3.Session(botocore_session=session))
    except (botocore.exceptions.BotoCoreError, ValueError) as error:
        raise StoreError(f"{url}: no credentials of the AWS configuration ({error}); correct it") from None
    region = os.environ.get("AWS_REGION") or session.get_config_variable("region")
    return {"credential_provider": provider} | ({"region": region} if region else {})


def _aws_files() -> tuple[Path, ...]:
    return tuple(
        Path(os.environ.get(variable) or path).expanduser()
        for variable, path in (
            ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
            ("AWS_CONFIG_FILE", "~/.aws/config"),
        )
        if os.environ.get(variable) or _has_home()
    )


def azure_access(url: str) -> Access:
    """A key, a shared access signature, a service principal, a workload's or managed identity; else none."""
    if _any_set("AZURE_STORAGE_CONNECTION_STRING") and not _any_set("AZURE_STORAGE_ACCOUNT_NAME"):
        raise UsageError(
            f"{url}: AZURE_STORAGE_CONNECTION_STRING is not read; set AZURE_STORAGE_ACCOUNT_NAME and "
            "AZURE_STORAGE_ACCOUNT_KEY"
        )
    if not _any_set("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_USE_EMULATOR"):
        raise UsageError(f"{url}: set AZURE_STORAGE_ACCOUNT_NAME to the account of the container")
    if _any_set(
        *("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCESS_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_SAS_KEY"),
        *("AZURE_STORAGE_TOKEN", "AZURE_STORAGE_CLIENT_SECRET", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"),
        *("IDENTITY_ENDPOINT", "AZURE_IDENTITY_ENDPOINT", "AZURE_MSI_ENDPOINT", "AZURE_USE_AZURE_CLI"),
        "AZURE_STORAGE_USE_EMULATOR",
    ):
        return Access()
    return Access({"skip_signature": True}, f"{FORK} (AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN)")


def gcs_access(url: str) -> Access:
    """A service account, or the application default credentials; else none."""
    default = Path("~/.config/gcloud/application_default_credentials.json")
    if _any_set(
        *("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH"),
        *("GOOGLE_SERVICE_ACCOUNT_KEY", "GCE_METADATA_HOST", "GCE_METADATA_IP"),
    ) or (_has_home() and default.expanduser().is_file()):
        return Access()
    return Access({"skip_signature": True}, f"{FORK} (GOOGLE_APPLICATION_CREDENTIALS)")


def _any_set(*names: str) -> bool:
    return any(os.environ.get(name) for name in names)


def _are_set(*names: str) -> bool:
    return all(os.environ.get(name) for name in names)


def _has_home() -> bool:
    try:
        return bool(Path.home())
    except RuntimeError:
        return False
