"""Counts the source: files, lines, longest function, and import cycles; prints one table.

    python bench/size_table.py

Lines are physical lines. A cycle counts every import, those inside functions too.
"""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

__all__ = ["ROOMS", "cycles", "functions", "import_graph", "imports", "main", "modules"]

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("ingest", "memory", "rag", "ui")


def modules(root: Path, folders: Iterable[str] = ROOMS) -> dict[str, Path]:
    """Every module below these folders, by its dotted name."""
    found = {}
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(tree: ast.AST, module: str, *, package: bool) -> Iterator[tuple[str, str, ast.stmt]]:
    """Absolute module, imported name or "", and statement of every import, lazy ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, "", node
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")
            if node.level:
                base = base[: len(base) - node.level + package]
                target = ".".join([*base, *([node.module] if node.module else [])])
            else:
                target = node.module or ""
            for alias in node.names:
                yield target, alias.name, node


def import_graph(found: Mapping[str, Path]) -> dict[str, set[str]]:
    """Which of these modules imports which; a package stands for its `__init__`."""
    graph: dict[str, set[str]] = {}
    for name, path in found.items():
        tree = ast.parse(path.read_text("utf-8"))
        used = imports(tree, name, package=path.name == "__init__.py")
        targets = (
            f"{base}.{what}" if f"{base}.{what}" in found else base for base, what, _ in used
        )
        graph[name] = {target for target in targets if target in found} - {name}
    return graph


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other, in a circle of any length."""
    reach: dict[str, set[str]] = {}
    for start in graph:
        seen, todo = set(), list(graph[start])
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                todo.extend(graph[at])
        reach[start] = seen
    groups = {
        tuple(sorted(other for other in reach[start] if start in reach[other]))
        for start in graph
        if start in reach[start]
    }
    return sorted(map(list, groups))


def functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Name and length in lines of every function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def _row(label: str, paths: list[Path]) -> str:
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in paths}
    largest = max(sizes, key=lambda path: sizes[path])
    longest = max(
        (length for path in paths for _, length in functions(ast.parse(path.read_text("utf-8")))),
        default=0,
    )
    return (
        f"{label:8} {len(paths):5} {sum(sizes.values()):6} {statistics.median(sizes.values()):7g} "
        f"{sizes[largest]:8} {longest:9}  {largest.relative_to(ROOT)}"
    )


def main() -> None:
    """Print the table."""
    print("room     files  lines  median  largest  function  largest file")
    everything: list[Path] = []
    for room in ROOMS:
        paths = list(modules(ROOT, [room]).values())
        everything += paths
        print(_row(room, paths))
    print(_row("all", everything))
    print(_row("tests", sorted((ROOT / "tests").glob("*.py"))))
    found = cycles(import_graph(modules(ROOT)))
    print(f"import cycles: {len(found)}")
    for group in found:
        print("  " + " ".join(group))


if __name__ == "__main__":
    main()
