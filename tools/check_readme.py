#!/usr/bin/env python3
"""Fails when the program in README.md is not the one that is compiled and run."""
import pathlib
import sys


def main(root):
    program = (root / "examples/account/main.cpp").read_text()
    if "```cpp\n" + program + "```\n" in (root / "README.md").read_text():
        return 0
    print("README.md does not show examples/account/main.cpp word for word")
    return 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
