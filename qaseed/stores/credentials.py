"""Where object stores get credentials: the usual variables and files, and nowhere by a guess.

Metadata services are asked only where the environment names one: elsewhere that takes long and fails. Without any
credentials, access is anonymous, which public buckets allow.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from qaseed.errors import StoreError, UsageError
from qaseed.stores.retrying import Timing
from qaseed.stores.signing import AwsKeys, Signer, azure_signer, bearer_signer, query_signer, s3_signer
from qaseed.stores.tokens import Renewed, ask_token, json_token, service_account_assertion

FORK = (
    "no credentials are in the environment, and the store does not allow anonymous access; the pull request of a fork "
    "has none: let it pull from a public store, or generate the data instead"
)
EMULATOR_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Of the account `devstoreaccount1` of Azure's storage emulator, as its documentation has it."""


@dataclass(frozen=True)
class Access:
    """What a client of an object store needs besides its URL."""

    signer: Signer | None = None
    """None for anonymous access."""
    hint: str = ""
    """What to say when access is denied."""
    region: str = ""


def s3_access(url: str, timing: Timing) -> Access:
    """Keys, a container's or web identity's role, or a profile of the AWS configuration; else none."""
    region = _first("AWS_REGION", "AWS_DEFAULT_REGION") or "us-east-1"
    keys = _aws_keys(region, timing)
    is_profile = bool(_first("AWS_PROFILE")) or (keys is None and any(path.is_file() for path in _aws_files()))
    if is_profile:
        keys, of_profile = _profile(url)
        region = os.environ.get("AWS_REGION") or of_profile or region
    elif keys is None and _first("AWS_EXECUTION_ENV", "AWS_METADATA_ENDPOINT"):
        keys = _instance_keys(timing)
    if keys is None or _is_true("AWS_SKIP_SIGNATURE"):
        return Access(None, f"{FORK} (AWS_ACCESS_KEY_ID, AWS_PROFILE)", region)
    return Access(s3_signer(keys, region), "", region)


def _aws_keys(region: str, timing: Timing) -> Callable[[], AwsKeys] | None:
    """Keys of the environment, of a web identity or of a container, whose variables are set."""
    if _all("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        fixed = AwsKeys(*(os.environ.get(f"AWS_{name}", "") for name in _KEY_NAMES))
        return lambda: fixed
    if _all("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"):
        return _web_identity_keys(region, timing)
    relative, full = (_first(f"AWS_CONTAINER_CREDENTIALS_{kind}_URI") for kind in ("RELATIVE", "FULL"))
    if relative or full:
        return _container_keys(f"http://169.254.170.2{relative}" if relative else full, timing)
    return None


_KEY_NAMES = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")


def _web_identity_keys(region: str, timing: Timing) -> Callable[[], AwsKeys]:
    def fetch() -> tuple[AwsKeys, str]:
        domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        form = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": os.environ["AWS_ROLE_ARN"],
            "RoleSessionName": _first("AWS_ROLE_SESSION_NAME") or "qaseed",
            "WebIdentityToken": _token_file("AWS_WEB_IDENTITY_TOKEN_FILE"),
        }
        service = _first("AWS_ENDPOINT_URL_STS") or f"https://sts.{region}.{domain}"
        content = ask_token("POST", f"{service}/", timing, form=form).decode(errors="replace")
        matches = [re.search(rf"<{name}>\s*([^<\s]+)\s*</{name}>", content) for name in _STS_NAMES]
        values = [match[1] for match in matches if match]
        if len(values) != len(_STS_NAMES):
            raise StoreError(f"{service}: answers no keys for the role; check AWS_ROLE_ARN")
        return AwsKeys(*values[:3]), values[3]

    return Renewed(fetch).get


_STS_NAMES = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")


def _container_keys(service: str, timing: Timing) -> Callable[[], AwsKeys]:
    def fetch() -> tuple[AwsKeys, str]:
        token = os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        if _first("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
            token = _token_file("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        return _keys_of(ask_token("GET", service, timing, {"Authorization": token} if token else {}), service)

    return Renewed(fetch).get


def _instance_keys(timing: Timing) -> Callable[[], AwsKeys]:
    def fetch() -> tuple[AwsKeys, str]:
        service = (_first("AWS_METADATA_ENDPOINT") or "http://169.254.169.254").rstrip("/")
        age = {"X-aws-ec2-metadata-token-ttl-seconds": "600"}
        token = {"X-aws-ec2-metadata-token": ask_token("PUT", f"{service}/latest/api/token", timing, age).decode()}
        roles = f"{service}/latest/meta-data/iam/security-credentials/"
        role = ask_token("GET", roles, timing, token).decode().split("\n")[0].strip()
        return _keys_of(ask_token("GET", f"{roles}{role}", timing, token), service)

    return Renewed(fetch).get


def _keys_of(content: bytes, service: str) -> tuple[AwsKeys, str]:
    try:
        of = json.loads(content)
        return AwsKeys(of["AccessKeyId"], of["SecretAccessKey"], of.get("Token") or ""), of.get("Expiration") or ""
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StoreError(f"{service}: answers no keys; check the role of this machine or container") from None


def _profile(url: str) -> tuple[Callable[[], AwsKeys] | None, str]:
    if not importlib.util.find_spec("boto3"):
        named = "AWS_PROFILE" if _first("AWS_PROFILE") else "the AWS configuration of this user"
        raise StoreError(f"{url}: {named} needs boto3; `pip install 'qaseed[aws]'`, or set AWS_ACCESS_KEY_ID")
    import botocore.exceptions
    import botocore.session

    def refused(error: Exception) -> StoreError:
        return StoreError(f"{url}: no credentials of the AWS configuration ({error}); correct it")

    try:
        session = botocore.session.Session(profile=os.environ.get("AWS_PROFILE"))
        if not _first("AWS_EXECUTION_ENV", "AWS_METADATA_ENDPOINT"):
            session.get_component("credential_provider").remove("iam-role")
        credentials = session.get_credentials()
        region = session.get_config_variable("region") or ""
    except (botocore.exceptions.BotoCoreError, ValueError) as error:
        raise refused(error) from None
    if credentials is None:
        raise refused(ValueError("it has none"))

    def keys() -> AwsKeys:
        try:
            frozen = credentials.get_frozen_credentials()
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, ValueError) as error:
            raise refused(error) from None
        return AwsKeys(frozen.access_key, frozen.secret_key, frozen.token or "")

    return keys, region


def _aws_files() -> tuple[Path, ...]:
    return tuple(
        Path(os.environ.get(variable) or path).expanduser()
        for variable, path in (
            ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
            ("AWS_CONFIG_FILE", "~/.aws/config"),
        )
        if os.environ.get(variable) or _has_home()
    )


def azure_account(url: str) -> str:
    """The account of a container."""
    account = _first("AZURE_STORAGE_ACCOUNT_NAME")
    if not account and _first("AZURE_STORAGE_CONNECTION_STRING"):
        raise UsageError(
            f"{url}: AZURE_STORAGE_CONNECTION_STRING is not read; set AZURE_STORAGE_ACCOUNT_NAME and "
            "AZURE_STORAGE_ACCOUNT_KEY"
        )
    if not account and not _is_true("AZURE_STORAGE_USE_EMULATOR"):
        raise UsageError(f"{url}: set AZURE_STORAGE_ACCOUNT_NAME to the account of the container")
    return account or "devstoreaccount1"


def azure_access(url: str, timing: Timing) -> Access:
    """A key, a shared access signature, a service principal, a workload's or managed identity; else none."""
    account = azure_account(url)
    key = _first("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCESS_KEY")
    if not key and _is_true("AZURE_STORAGE_USE_EMULATOR"):
        key = EMULATOR_KEY
    signature, token = _first("AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_SAS_KEY"), _first("AZURE_STORAGE_TOKEN")
    if token:
        return Access(bearer_signer(lambda: token))
    if key:
        try:
            return Access(azure_signer(account, key))
        except ValueError:
            raise StoreError(f"{url}: AZURE_STORAGE_ACCOUNT_KEY is no key; correct it") from None
    if signature:
        return Access(query_signer(signature))
    fetch = _azure_token(timing)
    if fetch is None:
        return Access(None, f"{FORK} (AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN)")
    return Access(bearer_signer(Renewed(fetch).get))


AZURE_STORAGE = "https://storage.azure.com/"


def _azure_token(timing: Timing) -> Callable[[], tuple[str, str]] | None:
    """What fetches a token of Azure's identities, and when it expires."""
    client = _first("AZURE_STORAGE_CLIENT_ID", "AZURE_CLIENT_ID")
    tenant = _first("AZURE_STORAGE_TENANT_ID", "AZURE_TENANT_ID", "AZURE_STORAGE_AUTHORITY_ID", "AZURE_AUTHORITY_ID")
    secret = _first("AZURE_STORAGE_CLIENT_SECRET", "AZURE_CLIENT_SECRET")
    if secret or _first("AZURE_FEDERATED_TOKEN_FILE"):
        authority = (
            _first("AZURE_STORAGE_AUTHORITY_HOST", "AZURE_AUTHORITY_HOST") or "https://login.microsoftonline.com"
        )
        service = f"{authority.rstrip('/')}/{tenant}/oauth2/v2.0/token"

        def of_client() -> tuple[str, str]:
            form = {"grant_type": "client_credentials", "client_id": client, "scope": f"{AZURE_STORAGE}.default"}
            if secret:
                form["client_secret"] = secret
            else:
                form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
                form["client_assertion"] = _token_file("AZURE_FEDERATED_TOKEN_FILE")
            return json_token(ask_token("POST", service, timing, form=form), service)

        return of_client
    if _is_true("AZURE_USE_AZURE_CLI"):
        return _azure_cli_token
    named = _first("IDENTITY_ENDPOINT", "AZURE_IDENTITY_ENDPOINT", "AZURE_MSI_ENDPOINT")
    if not named:
        return None

    def of_machine() -> tuple[str, str]:
        header = _first("IDENTITY_HEADER")
        headers = {"X-IDENTITY-HEADER": header} if header else {"Metadata": "true"}
        query = {"api-version": "2019-08-01", "resource": AZURE_STORAGE} | ({"client_id": client} if client else {})
        return json_token(ask_token("GET", f"{named}?{urlencode(query)}", timing, headers), named)

    return of_machine


def _azure_cli_token() -> tuple[str, str]:
    import subprocess

    command = ["az", "account", "get-access-token", "--resource", AZURE_STORAGE, "--output", "json"]
    try:
        done = subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603  # the user's
    except (OSError, subprocess.SubprocessError) as error:
        raise StoreError(f"az: gives no token ({type(error).__name__}); run `az login`") from None
    return json_token(done.stdout, "az")


def gcs_access(url: str, timing: Timing) -> Access:
    """A service account, or the application default credentials; else none."""
    path = _first("GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH", "GOOGLE_APPLICATION_CREDENTIALS")
    default = Path("~/.config/gcloud/application_default_credentials.json")
    if key := _first("GOOGLE_SERVICE_ACCOUNT_KEY"):
        return Access(bearer_signer(_gcs_token(key, f"{url}: GOOGLE_SERVICE_ACCOUNT_KEY", timing)))
    if not path and _has_home() and default.expanduser().is_file():
        path = str(default.expanduser())
    if path:
        try:
            content = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{url}: {path} cannot be read ({type(error).__name__}); correct it") from None
        return Access(bearer_signer(_gcs_token(content, f"{url}: {path}", timing)))
    host = _first("GCE_METADATA_HOST", "GCE_METADATA_IP")
    if not host:
        return Access(None, f"{FORK} (GOOGLE_APPLICATION_CREDENTIALS)")
    service = f"http://{host}/computeMetadata/v1/instance/service-accounts/default/token"
    return Access(
        bearer_signer(
            Renewed(lambda: json_token(ask_token("GET", service, timing, {"Metadata-Flavor": "Google"}), service)).get
        )
    )


def _gcs_token(content: str, where: str, timing: Timing) -> Callable[[], str]:
    """Gets tokens for the credentials of a file of Google's: a service account or an authorized user."""
    service = "https://oauth2.googleapis.com/token"
    try:
        of: dict[str, Any] = json.loads(content)
        kind = of.get("type", "service_account")
        fixed = {}
        if kind == "authorized_user":
            fixed = {name: of[name] for name in ("client_id", "client_secret", "refresh_token")}
        elif kind == "service_account":
            service = of.get("token_uri") or service
            service_account_assertion(of, service)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise StoreError(f"{where} has no credentials that are in order; correct it") from None
    if kind not in ("authorized_user", "service_account"):
        raise StoreError(f"{where} is of another type than a service account's key; give one")

    def fetch() -> tuple[str, str]:
        form = fixed | {"grant_type": "refresh_token"}
        if kind == "service_account":
            assertion = service_account_assertion(of, service)
            form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        return json_token(ask_token("POST", service, timing, form=form), service)

    return Renewed(fetch).get


def _token_file(variable: str) -> str:
    path = os.environ[variable]
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{variable}={path} cannot be read ({type(error).__name__}); correct it") from None


def _first(*names: str) -> str:
    """The first of the variables that is set."""
    return next((value for name in names if (value := os.environ.get(name, "").strip())), "")


def _all(*names: str) -> bool:
    return all(_first(name) for name in names)


def _is_true(name: str) -> bool:
    return _first(name).lower() in ("1", "true", "yes")


def _has_home() -> bool:
    try:
        return bool(Path.home())
    except RuntimeError:
        return False
