"""What a CI service says of the commit that it builds."""

from __future__ import annotations

import os
import re

COMMIT_VARIABLES = ("GITHUB_SHA", "CI_COMMIT_SHA", "BUILDKITE_COMMIT", "GIT_COMMIT", "BUILD_SOURCEVERSION")
"""Where CI services say which commit they build."""


def built_commit() -> str | None:
    """The commit that a CI service builds, None outside of one."""
    commits = (os.environ.get(name, "") for name in COMMIT_VARIABLES)
    return next((commit for commit in commits if re.fullmatch("[0-9a-f]{40,64}", commit)), None)
