"""What several test modules share: no test module imports another."""

import pytest

# failed assertions show their values, as those of a test module do
pytest.register_assert_rewrite("support.applications", "support.command_line", "support.databases")
