#!/usr/bin/python3
# Not the first python3 on the path: Debian's own, since matplotlib is Debian's package.
"""Makes plots and tables of the grid's result file (benchmarks/run grid)."""
import argparse
import os
import pathlib
import sys

try:
    import matplotlib  # noqa: F401
except ImportError:
    sys.exit("plot: matplotlib is missing: apt-get install python3-matplotlib, "
             "and run this with /usr/bin/python3")

import grid_figures
import grid_points
import grid_tables

ROOT = pathlib.Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=pathlib.Path, help="the result file, JSON lines")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "docs" / "performance",
                        help="where plots are written, as SVG and PNG (default: %(default)s)")
    parser.add_argument("--document", type=pathlib.Path, default=ROOT / "docs" / "performance.md",
                        help="where tables go, between its markers (default: %(default)s)")
    return parser.parse_args()


def main():
    wanted = arguments()
    try:
        grid = grid_points.read(wanted.results)
        text = wanted.document.read_text(encoding="utf-8")
        axes = [axis for axis in grid_points.AXES if grid.of(axis)]
        wanted.folder.mkdir(parents=True, exist_ok=True)
        plots = grid_figures.draw(grid, axes, wanted.folder)
        beside = wanted.document.resolve().parent
        where = os.path.relpath(wanted.folder.resolve(), beside)
        images = {axis: [f"{where}/{name}.svg" for name in names]
                  for axis, names in plots.items()}
        file_name = os.path.relpath(wanted.results.resolve(), beside)
        lines = grid_tables.section(grid, axes, file_name, images)
        wanted.document.write_text(grid_tables.put_between_markers(text, lines), encoding="utf-8")
    except (OSError, ValueError, KeyError) as trouble:
        sys.exit(f"plot: {trouble}")
    count = sum(len(names) for names in plots.values())
    print(f"plot: {count} plots of {len(grid.points)} points in {wanted.folder}; "
          f"tables in {wanted.document}")
    if grid.unverified():
        sys.exit("plot: some points are NOT VERIFIED")


if __name__ == "__main__":
    main()
