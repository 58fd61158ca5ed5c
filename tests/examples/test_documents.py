"""Python in README.md and docs/ runs, block by block, and prints what the ``text`` blocks say."""

from __future__ import annotations

import unittest
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


class Documents:
    """Evaluates code and compares what it printed since the last text."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        code = PythonCodeBlockParser(doctest_optionflags=0)
        text = CodeBlockParser("text", self.compare)
        self.sybil = Sybil(parsers=[code, text, SkipParser()])

    def compare(self, example: Example) -> None:
        printed = self.capsys.readouterr().out
        if printed:  # a text after no code is no output
            assert stable(printed) == stable(example.parsed)

    def run(self, path: Path) -> int:
        """How many blocks there were."""
        document = self.sybil.parse(path)
        document.namespace["no_numba"] = find_spec("numba") is None
        examples = list(document.examples())
        for example in examples:
            with suppress(unittest.SkipTest):
                example.evaluate()
        return len(examples)


def stable(text: str) -> list[str]:
    """Lines that do not tell the speed of the machine."""
    return [line.rstrip() for line in text.splitlines() if "of CPU" not in line and line.strip()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_code_in_documents_runs(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Documents(capsys).run(path)


def test_the_readme_has_code() -> None:
    assert "```python" in DOCUMENTS[0].read_text(encoding="utf-8")


def test_wrong_output_is_noticed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        Documents(capsys).run(page)
