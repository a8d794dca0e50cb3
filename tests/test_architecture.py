"""The house stands as designed: who imports whom, how long things are, what is never used."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("ingest", "memory", "rag", "ui")

# What a room may import beside the standard library and itself.
LIGHT = {
    "memory": {"langchain_core", "numpy"},
    "ingest": {
        "langchain_core",
        "pydantic",
        "numpy",
        "platformdirs",
        "snowballstemmer",
        "threadpoolctl",
    },
    "rag": {"ingest", "memory", "langchain_core", "pydantic", "typer", "rich", "numpy"}
    | {"platformdirs"},
    "ui": {"rag", "streamlit"},
}
# Every other library, and the files that may import it, inside a function or class only.
HEAVY = {
    "chromadb": {"ingest/stores/chroma_store.py"},
    "faiss": {"ingest/stores/faiss_store.py"},
    "langchain": {"rag/adapters/agent.py", "rag/remote.py"},
    "matplotlib": {"rag/evaluation/plot.py"},
    "huggingface_hub": {"ingest/embedders/loading.py", "rag/model_library/hub.py"},
    "langchain_text_splitters": {"ingest/units.py"},
    "pypdf": {"ingest/parsers/pdf.py"},
    "safetensors": {
        "ingest/embedders/loading.py",
        "ingest/embedders/numpy_bert.py",
        "ingest/embedders/sentence_transformer.py",
        "ingest/reranker.py",
    },
    "sentence_transformers": {
        "ingest/embedders/sentence_transformer.py",
        "ingest/reranker.py",
    },
    "torch": {"ingest/reranker.py"},
}
# Libraries of modules that are themselves loaded lazily, or are another process's main module.
AT_THE_TOP = {
    "PIL": {"ingest/pictures/marker.py"},
    "httpx": {"rag/web/connection.py", "rag/web/page.py"},
    "jinja2": {"rag/worker/template.py"},
    "llama_cpp": {"rag/worker/child.py"},
    "pytest": {
        "memory/contract/isolating.py",
        "memory/contract/keeping.py",
        "memory/contract/recalling.py",
    },
    "pypdfium2": {"ingest/pictures/drawing.py"},
    "tokenizers": {"ingest/embedders/tokens.py"},
}
RUN_AS_SCRIPTS = {"ui/__main__.py", "ui/app.py", "rag/__main__.py", "ingest/__main__.py"}
OPENS_CODE = {"pickle", "cPickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"}
OPENS_CODE |= {"diskcache", "yaml", "langchain_community"}
RUNS_CODE = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "torch.load"}
TRUSTS = {"trust_remote_code", "allow_dangerous_deserialization", "allow_pickle", "shell"}
TRUSTS |= {"unsafe_allow_html"}


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SIZES = _load(ROOT / "bench" / "size_table.py")
MODULES: dict[str, Path] = SIZES.modules(ROOT)
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}

Rule = Callable[[ast.Module, str, str], Iterator[str]]


def _imports(tree: ast.AST, name: str, file: str) -> list[tuple[str, str, ast.stmt]]:
    return list(SIZES.imports(tree, name, package=file.endswith("__init__.py")))


def _at_module_level(tree: ast.Module) -> set[ast.AST]:
    """Statements that run on import: all but the bodies of functions."""
    found: set[ast.AST] = set()
    todo: list[ast.AST] = [tree]
    while todo:
        at = todo.pop()
        found.add(at)
        typing_only = isinstance(at, ast.If) and ast.unparse(at.test) == "TYPE_CHECKING"
        if not typing_only and not isinstance(at, ast.FunctionDef | ast.AsyncFunctionDef):
            todo.extend(ast.iter_child_nodes(at))
    return found


def _imports_only_what_its_room_may(tree: ast.Module, name: str, file: str) -> Iterator[str]:
    room = name.split(".", 1)[0]
    top = _at_module_level(tree)
    for module, _, node in _imports(tree, name, file):
        library = module.split(".", 1)[0]
        if library == room or library in LIGHT[room] or library in sys.stdlib_module_names:
            continue
        if file not in HEAVY.get(library, set()) | AT_THE_TOP.get(library, set()):
            yield f"imports {module}"
        elif library in HEAVY and node in top:
            yield f"imports {module} when it is itself imported"


def _offered(room: str) -> set[str]:
    return _top_names(TREES[room])[1] or set()


def _crosses_rooms_by_the_front_door(tree: ast.Module, name: str, file: str) -> Iterator[str]:
    room = name.split(".", 1)[0]
    for module, what, node in _imports(tree, name, file):
        relative = isinstance(node, ast.ImportFrom) and node.level > 0
        other = module.split(".", 1)[0]
        if other == room and not relative and file not in RUN_AS_SCRIPTS:
            yield f"imports its own {module} absolutely"
        if relative and other != room:
            yield "climbs out of its room"
        if other in ROOMS and other != room and (module != other or what not in _offered(other)):
            yield f"enters {module}.{what} past the front door"


def _is_short(tree: ast.Module, name: str, file: str) -> Iterator[str]:
    for function, lines in SIZES.functions(tree):
        if lines > 60:
            yield f"{function} has {lines} lines"


def _catches_by_name(tree: ast.Module, name: str, file: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            last = node.body[-1]
            passed_on = isinstance(last, ast.Raise) and last.exc is None
            blind = {"everything", "Exception", "BaseException"} & set(re.findall(r"\w+", caught))
            if blind and not passed_on:
                yield f"line {node.lineno} catches {caught}"
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            caught = " ".join(map(ast.unparse, node.args))
            if re.search(r"\b(Base)?Exception\b", caught):
                yield f"line {node.lineno} suppresses {caught}"


def _prints_on_the_command_line_only(tree: ast.Module, name: str, file: str) -> Iterator[str]:
    if file.startswith("rag/cli/") or file.endswith("__main__.py"):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
            yield f"line {node.lineno} prints"


def _opens_no_code_s09(tree: ast.Module, name: str, file: str) -> Iterator[str]:
    for module, _, _ in _imports(tree, name, file):
        if module.split(".", 1)[0] in OPENS_CODE:
            yield f"imports {module}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in RUNS_CODE:
                yield f"line {node.lineno} calls {called}"
            for keyword in node.keywords:
                off = isinstance(keyword.value, ast.Constant) and not keyword.value.value
                if keyword.arg in TRUSTS and not off:
                    yield f"line {node.lineno} says {keyword.arg}"


def _top_names(tree: ast.Module) -> tuple[set[str], set[str] | None]:
    """Names bound at module level, and those in `__all__`, None without one."""
    bound: set[str] = set()
    exported: set[str] | None = None
    for node in _at_module_level(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
            assert isinstance(node, ast.Assign | ast.AnnAssign)
            assert node.value is not None
            exported = set(ast.literal_eval(node.value))
    return bound, exported


def _says_what_it_is_and_offers(tree: ast.Module, name: str, file: str) -> Iterator[str]:
    doc = ast.get_docstring(tree)
    if not doc:
        yield "has no docstring"
    elif not doc.splitlines()[0].endswith("."):
        yield "does not begin with a sentence"
    bound, exported = _top_names(tree)
    if exported is None and not file.endswith("__main__.py"):
        yield "has no __all__"
    for missing in sorted((exported or set()) - bound):
        yield f"offers {missing}, which it does not have"


RULES: list[Rule] = [
    _imports_only_what_its_room_may,
    _crosses_rooms_by_the_front_door,
    _is_short,
    _catches_by_name,
    _prints_on_the_command_line_only,
    _opens_no_code_s09,
    _says_what_it_is_and_offers,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__.strip("_"))
def test_every_module(rule: Rule) -> None:
    complaints = []
    for name, path in MODULES.items():
        file = path.relative_to(ROOT).as_posix()
        complaints += [f"{file} {words}" for words in rule(TREES[name], name, file)]
    assert complaints == []


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (_imports_only_what_its_room_may, "memory.x", "import pydantic"),
        (_imports_only_what_its_room_may, "memory.x", "def f():\n import ingest"),
        (_imports_only_what_its_room_may, "ui.x", "from memory import Memory"),
        (_imports_only_what_its_room_may, "ingest.x", "def f():\n import faiss"),
        (_imports_only_what_its_room_may, "ingest.stores.faiss_store", "import faiss"),
        (_crosses_rooms_by_the_front_door, "rag.x", "from ingest.index import catalog"),
        (_crosses_rooms_by_the_front_door, "rag.x", "from ingest import splitter"),
        (_crosses_rooms_by_the_front_door, "rag.x", "import rag.answer"),
        (_crosses_rooms_by_the_front_door, "rag.x", "from ..ingest import Index"),
        (_is_short, "rag.x", "def f():\n" + " a = 1\n" * 60),
        (_catches_by_name, "rag.x", "try:\n a\nexcept:\n pass"),
        (_catches_by_name, "rag.x", "try:\n a\nexcept (OSError, Exception) as e:\n b(e)"),
        (_catches_by_name, "rag.x", "with contextlib.suppress(Exception):\n a"),
        (_prints_on_the_command_line_only, "rag.x", "print('a')"),
        (_opens_no_code_s09, "rag.x", "def f():\n import pickle"),
        (_opens_no_code_s09, "rag.x", "eval('1')"),
        (_opens_no_code_s09, "rag.x", "AutoModel.from_pretrained(a, trust_remote_code=True)"),
        (_opens_no_code_s09, "rag.x", "numpy.load(a, allow_pickle=flag)"),
        (_says_what_it_is_and_offers, "rag.x", "__all__ = []"),
        (_says_what_it_is_and_offers, "rag.x", '"""A."""'),
        (_says_what_it_is_and_offers, "rag.x", '"""A."""\n__all__ = ["gone"]'),
    ],
)
def test_a_rule_objects_to_a_breach(rule: Rule, name: str, source: str) -> None:
    assert list(rule(ast.parse(source), name, name.replace(".", "/") + ".py"))


def test_no_modules_import_each_other_not_even_lazily() -> None:
    assert SIZES.cycles(SIZES.import_graph(MODULES)) == []


def test_a_lazy_circle_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "rag").mkdir()
    (tmp_path / "rag" / "__init__.py").write_text("from .a import f\n")
    (tmp_path / "rag" / "a.py").write_text("def f():\n    from . import b\n    return b\n")
    (tmp_path / "rag" / "b.py").write_text("from .a import f\n")
    found = SIZES.cycles(SIZES.import_graph(SIZES.modules(tmp_path, ["rag"])))
    assert found == [["rag.a", "rag.b"]]


def test_nobody_imports_the_main_module_of_the_model_process() -> None:
    assert [
        n for n, used in SIZES.import_graph(MODULES).items() if "rag.worker.child" in used
    ] == []


def test_files_have_at_most_300_lines_and_a_middling_one_has_140() -> None:
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in MODULES.values()}
    assert {str(path): size for path, size in sizes.items() if size > 300} == {}
    assert sorted(sizes.values())[len(sizes) // 2] <= 140
