"""What pipelines use: the script of the Action from an empty home, and YAML that follows the published schemas."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.command_line import qaseed
from support.snapshot_files import edit_manifest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".github/actions/setup-qaseed/setup-qaseed"
MANIFEST = ROOT / "artifacts/minimal/manifest.json"
DIGEST = f"sha256:{hashlib.sha256(MANIFEST.read_bytes()).hexdigest()}"


def setup(home: Path, *steps: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The script's steps with nothing of this user's environment but what is given."""
    return subprocess.run(
        [sys.executable, str(SCRIPT), *steps],
        env={"HOME": str(home), "PATH": os.defpath, "QASEED_VENV": sys.prefix} | variables,
        cwd=home,
        text=True,
        capture_output=True,
        check=False,
    )


def outputs(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


def test_a_reference_is_pulled_loaded_and_told(tmp_path: Path, database: str) -> None:
    reference = f"{tmp_path}/store/minimal:t"
    pushed = qaseed("push", str(MANIFEST.parent), f"{tmp_path}/store", "--tag", "t")
    assert pushed.returncode == 0, pushed.stderr
    home, out, summary = tmp_path / "home", tmp_path / "out", tmp_path / "summary"
    home.mkdir()
    variables = {
        "QASEED_REF": reference,
        "DATABASE_URL": database,
        "GITHUB_OUTPUT": str(out),
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    planned = setup(home, "install", "plan", **variables)
    assert planned.returncode == 0, planned.stderr
    plan = outputs(out.read_text())
    assert plan == {"digest": DIGEST, "cache-path": f"{home}/.cache/qaseed/snapshots/{DIGEST.removeprefix('sha256:')}"}
    for hit, source in (("false", "store"), ("true", "cache")):
        out.unlink()
        done = setup(home, "restore", **variables)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        told = outputs(out.read_text())
        assert (told["digest"], told["cache-hit"], told["source"], told["rows"]) == (DIGEST, hit, source, "145")
        assert hashlib.sha256((Path(told["path"]) / "manifest.json").read_bytes()).hexdigest() == DIGEST[7:]
        assert Path(told["path"]) == Path(plan["cache-path"])
    assert f"| digest | `{DIGEST}` |" in summary.read_text()


def test_a_locked_name_is_restored_whatever_other_names_contain_it(tmp_path: Path) -> None:
    other = Path(shutil.copytree(MANIFEST.parent, tmp_path / "nonminimal"))
    edit_manifest(other, name="nonminimal")
    lock = str(tmp_path / "qaseed.lock")
    for name, snapshot in (("nonminimal", other), ("minimal", MANIFEST.parent)):
        pushed = qaseed("push", str(snapshot), f"{tmp_path}/store", "--tag", "t")
        assert pushed.returncode == 0, pushed.stderr
        assert qaseed("lock", f"{tmp_path}/store/{name}:t", "--lock", lock).returncode == 0
    variables = {"QASEED_LOCK": lock, "QASEED_REF": "minimal"}
    planned = setup(tmp_path, "plan", **variables)
    assert outputs(planned.stdout)["digest"] == DIGEST, planned.stderr
    restored = outputs(setup(tmp_path, "restore", **variables).stdout)
    assert (restored["digest"], restored["source"], restored["rows"]) == (DIGEST, "store", "145")


def test_an_install_of_another_kind_is_refused_although_one_is_there(tmp_path: Path) -> None:
    done = setup(tmp_path, "install", QASEED_INSTALL="ful")
    assert (done.returncode, done.stderr) == (2, "setup-qaseed: install: no 'ful'; give restore or full\n")
    done = setup(tmp_path, "restore", QASEED_REF=f"{tmp_path}/store/minimal:t", QASEED_VENV=str(tmp_path / "none"))
    missing = f"setup-qaseed: {tmp_path}/none/bin/qaseed is missing; run the step install first\n"
    assert (done.returncode, done.stderr) == (2, missing)


def test_what_a_cache_brings_back_altered_is_pulled_again(tmp_path: Path) -> None:
    reference = f"{tmp_path}/store/minimal@{DIGEST}"
    assert qaseed("push", str(MANIFEST.parent), f"{tmp_path}/store", "--tag", "t").returncode == 0
    plan = outputs(setup(tmp_path, "plan", QASEED_REF=reference).stdout)
    subprocess.run(["cp", "-r", MANIFEST.parent, tmp_path / "copy"], check=True)
    cached = Path(plan["cache-path"])
    cached.parent.mkdir(parents=True)
    (tmp_path / "copy").rename(cached)
    file = next(cached.glob("data/client/*"))
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    done = setup(tmp_path, "restore", QASEED_REF=reference)
    assert done.returncode == 0, done.stderr
    assert outputs(done.stdout)["cache-hit"] == "false"


def test_a_folder_needs_no_store(tmp_path: Path) -> None:
    done = setup(tmp_path, "all", QASEED_REF=str(MANIFEST.parent))
    assert (done.returncode, outputs(done.stdout)["source"]) == (0, "folder")
    assert "| digest |" in done.stderr
    assert "setup-qaseed: restore: " in done.stderr


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("./missing/minimal:t", 6),
        ("./missing/minimal", 2),
        ("./missing.tar", 3),
        ("missing.tar", 3),
        ("", 2),
        ("minimal", 2),
    ],
)
def test_a_failure_has_the_exit_code_of_qaseed(tmp_path: Path, reference: str, code: int) -> None:
    done = setup(tmp_path, "plan", "restore", QASEED_REF=reference)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr


def test_a_step_that_does_not_exist_is_refused_before_the_others(tmp_path: Path) -> None:
    done = setup(tmp_path, "plan", "restor", QASEED_REF=str(MANIFEST.parent))
    expected = "setup-qaseed: no step 'restor'; give install, plan, restore or all\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)


def test_a_packed_file_is_restored(tmp_path: Path) -> None:
    assert qaseed("pack", str(MANIFEST.parent), str(tmp_path / "minimal.tar")).returncode == 0
    done = setup(tmp_path, "plan", "restore", QASEED_REF="minimal.tar")
    assert (done.returncode, outputs(done.stdout)["digest"], outputs(done.stdout)["source"]) == (0, DIGEST, "store")


def test_an_install_that_fails_says_where_and_leaves_none(tmp_path: Path) -> None:
    (tmp_path / ".cache").write_text("")
    done = setup(tmp_path, "install", QASEED_VENV="")
    where = f"{tmp_path}/.cache/qaseed/setup-qaseed-restore"
    assert (done.returncode, where in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


PIP = '''
import pathlib, sys
lock, folder = (sys.argv[sys.argv.index(name) + 1] for name in ("--requirement", "--target"))
assert {"--require-hashes", "--no-compile"} < set(sys.argv)
uv = pathlib.Path(folder, "bin/uv")
uv.parent.mkdir(parents=True)
uv.write_text(f"""#!/bin/sh
echo "$@" >> {pathlib.Path.home()}/asked
echo > {folder}/../bin/qaseed
""")
uv.chmod(0o755)
pathlib.Path.home().joinpath("lock").write_text(pathlib.Path(lock).read_text())
'''


def test_without_uv_its_locked_release_installs(tmp_path: Path) -> None:
    """The pip of this test writes a uv that notes what it is asked for: no registry is needed."""
    (tmp_path / "stub/pip").mkdir(parents=True)
    (tmp_path / "stub/pip/__init__.py").write_text("")
    (tmp_path / "stub/pip/__main__.py").write_text(PIP)
    venv = tmp_path / "venv"
    done = setup(tmp_path, "install", QASEED_VENV=str(venv), PYTHONPATH=str(tmp_path / "stub"), PATH="/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    assert re.search(r"install: \d+ MB in .*\n.*install: \d+\.\d s, \d+\.\d CPU-seconds\n", done.stderr), done.stderr
    locked = (tmp_path / "lock").read_text().splitlines()
    assert re.fullmatch(r"uv==[0-9.]+ \\", locked[0])
    assert len(locked) > 1
    assert all(line.startswith(("    --hash=sha256:", "    # via")) for line in locked[1:]), locked
    asked = (tmp_path / "asked").read_text().splitlines()
    assert [line.split()[-1] for line in asked] == [
        str(ROOT / "requirements-restore.lock"),
        str(ROOT / "packaging/restore"),
    ]
    assert all(f"--python {venv}/bin/python" in line for line in asked)
    assert not (venv / "uv").exists()


def check_schema(schema: str, *files: Path) -> None:
    from check_jsonschema.cli.main_command import main  # it takes long to import

    done = CliRunner().invoke(main, ["--builtin-schema", schema, *map(str, files)])
    assert done.exit_code == 0, done.output


def test_workflows_and_actions_follow_the_published_schemas(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n# (\S+)\n(.*?)```", (ROOT / "docs/how-to/ci.md").read_text(), re.DOTALL)
    pages = []
    for name, content in blocks:
        pages.append(tmp_path / name)
        pages[-1].parent.mkdir(parents=True, exist_ok=True)
        pages[-1].write_text(content)
    gitlab = [page for page in pages if page.name == ".gitlab-ci.yml"]
    assert (len(pages), len(gitlab)) == (3, 1)
    check_schema("vendor.gitlab-ci", *gitlab)
    check_schema("vendor.github-workflows", *(ROOT / ".github/workflows").glob("*.yml"), *(set(pages) - set(gitlab)))
    check_schema("vendor.github-actions", SCRIPT.with_name("action.yml"))


def test_no_expression_is_part_of_a_command() -> None:
    for path in [SCRIPT.with_name("action.yml"), *(ROOT / ".github/workflows").glob("*.yml")]:
        commands = re.findall(r"run: (?:\|\n((?: {8,}.*\n)+)|(.*)\n)", path.read_text())
        assert commands
        assert "${{" not in "".join(block + line for block, line in commands)


def test_the_sbom_has_every_library_of_the_lock_file() -> None:
    done = subprocess.run([ROOT / "scripts/sbom", "restore"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr  # the tool compares it with the schema
    bom = json.loads(done.stdout)
    locked = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements-restore.lock").read_text(), re.MULTILINE)
    assert [(library["name"], library["version"]) for library in bom["components"]] == locked
    assert (bom["bomFormat"], bom["metadata"]["component"]["name"]) == ("CycloneDX", "qaseed-restore")
