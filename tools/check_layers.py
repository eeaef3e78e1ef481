#!/usr/bin/env python3
"""Fails when a file breaks a rule of the architecture. The tables below are the architecture."""
import argparse
import pathlib
import re
import subprocess
import sys

# Folder of a library -> the folders whose public headers it may include.
MAY_USE = {
    "core": {"core"},
    "config": {"core", "config"},
    "persistence": {"core", "config", "persistence"},
    "actors": {"core", "config", "persistence", "actors"},
    "runtime": {"core", "config", "persistence", "actors", "runtime"},
    "testing": {"core", "config", "persistence", "actors", "runtime", "testing"},
    # What a connector needs of others it gets through the face of the runtime.
    "connectors/nats": {"core", "config", "runtime", "connectors/nats"},
    "connectors/kafka": {"core", "config", "runtime", "connectors/kafka"},
    "connectors/postgres": {"core", "config", "persistence", "actors", "runtime",
                            "connectors/postgres"},
    "connectors/search": {"core", "config", "runtime", "connectors/search"},
    "connectors/sqlite": {"core", "config", "persistence", "actors", "runtime",
                          "connectors/sqlite"},
}

# Start of an include -> the folders that may include it. Nobody else may, tests included. The
# longest start counts.
ONLY_HERE = {
    "boost/": {"core"},
    "boost/container/": {"actors"},
    "nlohmann/": {"core", "connectors"},
    "toml++/": {"config"},
    "lmdb.h": {"persistence", "benchmarks/limit"},
    "libpq-fe.h": {"connectors/postgres", "benchmarks/limit", "benchmarks/compare"},
    "sqlite3.h": {"connectors/sqlite", "tests/connectors", "benchmarks/limit", "benchmarks/compare"},
    "hiredis/": {"benchmarks/compare"},
    "rocksdb/": {"benchmarks/compare"},
    "sodium": {"persistence"},
    "xxhash.h": {"core", "persistence"},
    "caf/": {"actors"},
    "nats/": {"connectors/nats", "tests/support/nats", "examples/outbox",
              "benchmarks/compare"},
    "librdkafka/": {"connectors/kafka", "tests/support/kafka"},
    "gtest/": {"testing", "tests", "benchmarks/tests", "examples/shop/tests",
               "examples/bank/tests", "examples/fines/tests", "examples/support"},
    "gmock/": {"testing", "tests", "examples/shop/tests"},
    "benchmark/": {"benchmarks"},
    "CLI/": {"benchmarks", "examples", "tools"},
}

# Folders that may look behind the public headers of a library.
SEES_PRIVATE = {"tests", "benchmarks"}

LINES_MAX = 800
CODE = {".cpp", ".hpp", ".py", ".sh", ".cmake"}
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]+)[>"]')


def sources(root):
    """All files of code, relative to root: what git knows or would add, or else what is there."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        paths = {pathlib.PurePosixPath(name) for name in listed.stdout.split("\0") if name}
    else:
        paths = {pathlib.PurePosixPath(path.relative_to(root).as_posix())
                 for path in root.rglob("*") if "build" not in path.relative_to(root).parts}
    return sorted(path for path in paths if path.suffix in CODE and (root / path).is_file())


def lies_in(path, folder):
    return path.as_posix().startswith(folder + "/")


def library_of(path):
    """(folder of the library that the file belongs to, parts of the path behind that)."""
    depth = 2 if path.parts[0] == "connectors" else 1
    return "/".join(path.parts[:depth]), path.parts[depth:]


class Headers:
    """Who owns which header."""

    def __init__(self, paths):
        self.public = {}   # name after include/ -> folder
        self.private = {}  # name after the folder -> folders
        self.at = {}       # path from the root -> (folder, is it public)
        for path in paths:
            folder, within = library_of(path)
            if path.suffix != ".hpp" or folder not in MAY_USE:
                continue
            is_public = within[0] == "include"
            self.at[path.as_posix()] = (folder, is_public)
            if is_public:
                self.public["/".join(within[1:])] = folder
            else:
                self.private.setdefault("/".join(within), set()).add(folder)

    def find(self, path, target):
        """(folder, is it public) of what `path` means by `target`; None if it is none of ours."""
        beside = []
        for part in (path.parent / target).parts:
            if part == ".." and beside:
                beside.pop()
            elif part != ".":
                beside.append(part)
        for place in ("/".join(beside), f"{library_of(path)[0]}/{target}", target):
            if place in self.at:
                return self.at[place]
        if target in self.public:
            return self.public[target], True
        # Through an include directory of another library.
        for folder in sorted(self.private.get(target, ())):
            return folder, False
        return None


def include_complaints(path, target, headers):
    folder, within = library_of(path)
    found = headers.find(path, target)
    if found:
        used, is_public = found
        if folder in MAY_USE and used not in MAY_USE[folder]:
            yield f"{folder} may not use {used} ({target})"
        elif not is_public and used != folder and folder not in SEES_PRIVATE:
            yield f"{target} is private to {used}"
        elif not is_public and within[0] == "include":
            yield f"a public header may not include {target}, which is not installed"
        return
    start = max((s for s in ONLY_HERE if target.startswith(s)), key=len, default=None)
    if start is None:
        return
    homes = ONLY_HERE[start]
    if not any(lies_in(path, home) for home in homes):
        yield f"{target} belongs only into {', '.join(sorted(homes))}"
    elif folder.startswith("connectors/") and within[0] == "include":
        yield f"a public header of a connector may not include {target}"


def complaints_of(root, path, headers):
    lines = (root / path).read_text(encoding="utf-8").splitlines()
    if len(lines) > LINES_MAX:
        yield f"{path}: {len(lines)} lines are more than {LINES_MAX}"
    if path.suffix not in {".cpp", ".hpp"}:
        return
    if not SNAKE_CASE.fullmatch(path.stem):
        yield f"{path}: the name should be snake_case"
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        for complaint in include_complaints(path, match.group(1), headers):
            yield f"{path}:{number}: {complaint}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root.resolve()
    paths = sources(root)
    headers = Headers(paths)
    complaints = [each for path in paths for each in complaints_of(root, path, headers)]
    if complaints:
        print("\n".join(complaints))
        print(f"layers: FAILED, {len(complaints)} complaints")
        return 1
    print(f"layers: ok ({len(paths)} files)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
