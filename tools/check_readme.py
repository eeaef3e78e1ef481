#!/usr/bin/env python3
"""Fails when a program in README.md or docs/ is not the one that is compiled and run."""
import pathlib
import re
import sys


def main(root):
    for page, example in [
        ("docs/schema_evolution.md", "examples/evolution/main.cpp"),
        ("docs/values.md", "examples/values/main.cpp"),
    ]:
        program = (root / example).read_text()
        for piece in re.findall(r"```cpp\n(.*?)```\n", (root / page).read_text(), re.DOTALL):
            if piece not in program:
                print(f"{page} shows what is not in {example}:")
                print(piece)
                return 1
    program = (root / "examples/account/main.cpp").read_text()
    if "```cpp\n" + program + "```\n" in (root / "README.md").read_text():
        return 0
    print("README.md does not show examples/account/main.cpp word for word")
    return 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
