"""Size limits of the house: long functions, long modules and broad excepts stop the check.

A typical function is below 25 lines and none is above 50; a module above 250 lines stands in LONG_MODULES with the
reason, and none is above 400 (tests: 600, they are lists). The only broad excepts are those that keep a process
alive, one on each interpreter.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_FUNCTION = 50
LOOK_HARD = 250
MAX_MODULE = 400
MAX_TEST_MODULE = 600
BROAD = ("Exception", "BaseException")
BROAD_ALLOWED = ("runtime/supervise.py", "firmware/device/supervise.py")  # one per process

# module -> why it is better whole than in two
LONG_MODULES: dict[str, str] = {}


def source_files() -> list[Path]:
    """Python, JavaScript and CSS files of the working tree that git does not ignore."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py", "*.js", "*.css"]
    names = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.splitlines()
    return [path for path in map(Path, sorted(set(names))) if path.is_file()]


def module_findings(path: Path, lines: int) -> Iterator[str]:
    """Complaints about the length of one file."""
    if path.parts[0] == "tests":
        if lines > MAX_TEST_MODULE:
            yield f"{path}: {lines} lines; a test module has at most {MAX_TEST_MODULE}"
    elif lines > MAX_MODULE:
        yield f"{path}: {lines} lines; at most {MAX_MODULE}: divide it"
    elif lines > LOOK_HARD and str(path) not in LONG_MODULES:
        yield f"{path}: {lines} lines; above {LOOK_HARD} it needs a reason in scripts/check_sizes.py"


def _names(expression: ast.expr | None) -> Iterator[str]:
    if expression is None:
        yield "Exception"
    for node in ast.walk(expression) if expression is not None else ():
        if isinstance(node, ast.Name):
            yield node.id


def _is_broad(node: ast.AST) -> bool:
    if isinstance(node, ast.ExceptHandler):
        passes_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None  # cleans up, hides nothing
        return not passes_on and any(name in BROAD for name in _names(node.type))
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
        return any(name in BROAD for argument in node.args for name in _names(argument))
    return False


def function_findings(path: Path, tree: ast.AST) -> Iterator[str]:
    """Complaints about long functions and broad excepts of one Python file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            if size > MAX_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name} has {size} lines; at most {MAX_FUNCTION}"
        if _is_broad(node) and path.parts[0] != "tests" and str(path) not in BROAD_ALLOWED:
            yield f"{path}:{node.lineno}: broad except; only {', '.join(BROAD_ALLOWED)} may have one"  # type: ignore[attr-defined]


def findings(path: Path) -> Iterator[str]:
    """Everything wrong with the size of one file."""
    text = path.read_text(encoding="utf-8")
    yield from module_findings(path, len(text.splitlines()))
    if path.suffix == ".py":
        yield from function_findings(path, ast.parse(text, str(path)))


def stale_reasons(paths: list[Path]) -> Iterator[str]:
    """Reasons that no file needs any more."""
    for name in LONG_MODULES:
        path = Path(name)
        if path not in paths or len(path.read_text(encoding="utf-8").splitlines()) <= LOOK_HARD:
            yield f"scripts/check_sizes.py: {name} needs no reason any more"


def main() -> int:
    """Print every finding; 1 where there is any."""
    paths = source_files()
    complaints = [text for path in paths for text in findings(path)] + list(stale_reasons(paths))
    print("\n".join(complaints) or f"sizes: {len(paths)} files within limits")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
