"""Every mistake gets one line that says what is wrong, and its exit code."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()"]


def mondegreen(
    *arguments: str, folder: Path, **options: object
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [*COMMAND, *arguments],
        cwd=folder,
        env={**os.environ, "XDG_DATA_HOME": str(folder / "data")},
        **{"stderr": subprocess.PIPE, "stdout": subprocess.PIPE} | options,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("hear", "nothing to hear"),
        ("hear missing.wav", "missing.wav: no such file"),
        ("hear empty.wav", "empty file"),
        ("hear text.wav", "not audio"),
        ("hear empty-folder", "no audio in this folder"),
        ("hear missing.wav -g no-such-grammar", "no-such-grammar"),
        ("hear missing.wav -g broken.yaml", "broken.yaml"),
        ("hear missing.wav --lexicon no-such-lexicon.txt", "no-such-lexicon.txt"),
        ("hear text.wav --speak no/such/folder/a.wav", "mkdir -p"),
        ("hear text.wav --speak a.txt", "expected one of .wav"),
        ("hear text.wav --speak a.wav --no-act", "--act"),
        ("hear text.wav -o no/such/folder/a.jsonl", "does not exist"),
        ("hear text.wav -o empty-folder", "a folder"),
        ("hear text.wav -o text.wav", "text.wav:1"),
        ("hear text.wav -o binary", "binary:1"),
        ("hear text.wav --rate 8000", "--rate"),
        ("hear text.wav --device 3", "--mic"),
        ("hear text.wav --speak text.wav/a.wav", "is a file, not a folder"),
        ("hear text.wav -o text.wav/a.jsonl", "is a file, not a folder"),
        ("hear text.wav --lists text.wav", "text.wav"),
        ("hear text.wav --lexicon binary", "binary:2"),
        ("hear - --rate 12", "12 Hz"),
        ("hear - --channels 0", "channels"),
        ("hear -", "no samples"),
        ("hear - -", "only once"),
        ("hear --mic text.wav", "--mic"),
        ("say", "nothing to say"),
        ("say hello", "-o"),
        ("say hello -o no/such/folder/a.wav", "mkdir -p"),
        ("say hello -o a.docx", ".docx"),
        ("say hello -o a.wav --voice nobody", "unknown voice 'nobody'"),
        ("say hello -o a.wav --voice espeak", "did you mean 'espeak-"),
        ("say !!! -o a.wav", "no word"),
        ("say 你好 -o a.wav", "Latin letters"),
        ("grammar check broken.yaml", "broken.yaml:2"),
        ("grammar sample missing.yaml", "no such file"),
        ("grammar words missing.yaml", "no such file"),
    ],
)
def test_one_line_and_exit_code_2(tmp_path: Path, line: str, part: str) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("this is only text\n")
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    (tmp_path / "broken.yaml").write_text("context: [unclosed\n")
    (tmp_path / "empty-folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    done = mondegreen(*line.split(), folder=tmp_path, stdin=subprocess.DEVNULL)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert part in done.stderr
    assert sorted(tmp_path.rglob("*")) == before  # nothing half-written


@pytest.mark.parametrize(
    "line",
    ["hear a.wav --no-such-option", "no-such-verb", "hear a.wav --n-best 0", "say x --speed 9"],
)
def test_usage_errors(tmp_path: Path, line: str) -> None:
    done = mondegreen(*line.split(), folder=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = mondegreen("hear", "--debug", folder=tmp_path)
    assert "Traceback" in done.stderr
    assert "SettingsError" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = mondegreen("say", "--voices", folder=tmp_path, stdout=full)
    assert done.returncode == 2
    assert done.stderr == "error: the disk is full: make room and run this again\n"


def test_help_names_every_verb(tmp_path: Path) -> None:
    done = mondegreen("--help", folder=tmp_path)
    assert done.returncode == 0
    for verb in ("hear", "say", "doctor", "export", "grammar", "train"):
        assert f"\n  {verb} " in done.stdout


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['mondegreen', '--help']\n"
        "from mondegreen.cli.main import run\n"
        "try: run()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'onnxruntime', 'soundfile', 'rich', 'torch'} & sys.modules.keys()\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"hello world\n", "text that is not audio"),
        (b"\0\0\0\x20ftypM4A " + bytes(99), "MP4"),
        (b"", "no samples"),
        (b"x", "no samples"),
    ],
)
def test_what_is_piped_in_is_named_too(tmp_path: Path, data: bytes, part: str) -> None:
    (tmp_path / "piped").write_bytes(data)
    with (tmp_path / "piped").open("rb") as piped:
        done = mondegreen("hear", "-", folder=tmp_path, stdin=piped)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert part in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes it")
def test_a_closed_standard_input_is_named(tmp_path: Path) -> None:
    line = shlex.join([*COMMAND, "hear", "-"]) + " <&-"
    done = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: -: standard input is closed; pipe sound in, or name a file\n"


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes it")
@pytest.mark.parametrize("verb", ["hear text.wav", "say --voices", "--help"])
def test_a_closed_standard_output_is_named(tmp_path: Path, verb: str) -> None:
    (tmp_path / "text.wav").write_text("this is only text\n")
    line = shlex.join([*COMMAND, *verb.split()])
    for closed, stderr in (
        (">&-", "error: standard output is closed; send it to a file or a pipe\n"),
        (">&- 2>&-", ""),
    ):
        done = subprocess.run(
            ["sh", "-c", f"{line} {closed}"],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (2, "", stderr)


@pytest.mark.skipif(os.name == "nt", reason="POSIX has such files")
@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("hear /dev/zero", "/dev/zero: found a device"),
        ("hear missing.wav -g /dev/zero", "/dev/zero is a device"),
        ("hear missing.wav --lexicon /dev/zero", "/dev/zero is a device"),
        ("hear missing.wav --lists /dev/zero", "/dev/zero is a device"),
        ("grammar check endless", "endless has more than 64 MB"),
        ("grammar words starter --lexicon endless", "endless has more than 64 MB"),
        ("data check /dev/zero", "/dev/zero is a device"),
        ("complexity measure /dev/zero", "/dev/zero is a device"),
        ("hear endless", "endless: found text that is not audio"),
        ("phones endless", "endless: found text that is not audio"),
        ("hear -", "-: found text that is not audio"),
    ],
)
def test_what_has_no_end_is_refused(tmp_path: Path, line: str, part: str) -> None:
    """Devices, and `yes` through a pipe that is named like a shell's <(…) or standard input."""
    os.mkfifo(tmp_path / "endless")
    pipe = os.open(tmp_path / "endless", os.O_RDWR)  # opened for both, nobody waits for anybody
    with subprocess.Popen(["yes"], stdout=pipe) as endless:
        with (tmp_path / "endless").open("rb") as stdin:
            os.close(pipe)
            done = mondegreen(*line.split(), folder=tmp_path, stdin=stdin)
        endless.kill()
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: ")
    assert part in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="such names are POSIX")
def test_names_cannot_act_on_the_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    (folder / "a\n\x1b[2J.wav").write_text("this is only text\n")
    os.mkfifo(folder / "\x1b[31m.wav")
    for arguments in (["hear", str(folder)], ["phones", str(folder)]):
        done = mondegreen(*arguments, folder=tmp_path)
        assert done.returncode == 2
        notes = done.stderr.splitlines()
        assert notes[0].startswith("note: ")
        assert notes[0].endswith("left out, since it is a pipe or a device; name it to hear it")
        assert notes[1].startswith("error: ")
        assert len(notes) == 2
        assert "\x1b" not in done.stderr
        assert r"a\n\x1b[2J.wav" in notes[1]


@pytest.mark.parametrize("verb", ["hear", "say", "doctor", "grammar check", "train phones"])
def test_every_help_looks_alike(tmp_path: Path, verb: str) -> None:
    done = mondegreen(*verb.split(), "--help", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: mondegreen {verb} ")
    assert "completion" not in done.stdout
