#!/usr/bin/env python3
"""Checks that docs/conformance.md names only tests that there are.

usage: tools/check_conformance.py SOURCE_DIRECTORY BUILD_DIRECTORY

A test is named as `Suite.Name` in backticks; one of a parameterised or typed suite as
`Suite/*.Name`, which also a plain `Suite.Name` may stand for. What is named is looked for in the list
of ctest in a directory where everything is built."""

import json
import pathlib
import re
import subprocess
import sys

NAMED = re.compile(r"`([A-Z]\w*)(/\*)?\.([A-Z]\w*|\*)`")
# "Ids.AreTypesOfTheirOwn", "Memory/JournalContract/0.CountsVersions", "OnDisk/Events.AreNone/1": what
# is left of them is the suite and the name.
FILTER = re.compile(r"^--gtest_filter=(?:\w+/)?([A-Za-z]\w*)(?:/\w+)?\.(\w+)")


def named_in(files):
    """(file, line number, suite, name) of each test that is named."""
    for file in files:
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            for suite, _, name in NAMED.findall(line):
                yield file, number, suite, name


def listed_in(build):
    # With the commands, since ctest's own names leave out the suite where there is an instance of it.
    listing = subprocess.run(
        ["ctest", "--show-only=json-v1"], cwd=build, text=True, capture_output=True, check=True
    )
    words = (word for test in json.loads(listing.stdout)["tests"] for word in test.get("command", []))
    return {found.groups() for found in map(FILTER.match, words) if found}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, build = map(pathlib.Path, sys.argv[1:])
    tests = listed_in(build)
    if not tests:
        sys.exit(f"check_conformance: {build} has no tests; it must be built first")
    suites = {suite for suite, _ in tests}
    files = [source / "docs" / "conformance.md"]
    count = 0
    faults = []
    for file, number, suite, name in named_in(files):
        count += 1
        known = suite in suites if name == "*" else (suite, name) in tests
        if not known:
            faults.append(f"{file.relative_to(source)}:{number}: there is no test {suite}.{name}")
    for fault in faults:
        print(fault)
    print(f"check_conformance: {count} tests named, {len(faults)} of them unknown")
    if faults or count == 0:
        sys.exit(1)


main()
