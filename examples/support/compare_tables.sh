# shellcheck shell=bash
# The body of each example's script `compare`: imports a log with `PROGRAM import` and compares what
# `PROGRAM export` writes, byte by byte, with tables of a folder.
#
# The script sets: program (its name), tables (their names), as_of_table (the one of them whose first
# column has the days to look back to); and passes its arguments on. It may set own_tables: what
# process managers have led to. They are compared with the folder's if it has them, and otherwise with
# those of an import that nobody has killed.
set -euo pipefail
: "${program:?}" "${tables:?}" "${as_of_table:?}"
[[ -v own_tables ]] || own_tables=()

usage() {
  cat <<END
Usage: examples/$program/compare [OPTIONS] FILE.csv TRUTH_FOLDER

Builds the program, imports FILE.csv into a store in a temporary directory, and compares each table with
the file of the same name in TRUTH_FOLDER. The days of $as_of_table are taken from that file.

  --twice           Import the file a second time, and compare again
  --kill N          Kill the import with -9 at N random moments and resume it, before comparing
  --seed S          For the moments of --kill; printed, so that a run can be repeated
  --skip-malformed  Leave malformed rows out, instead of failing at the first one
  --binary PATH     Use this program instead of building one
  --keep            Keep the temporary directory, and say where it is

Exit code 0: all tables are the same. 1: some differ, or something failed. 2: wrong usage.
END
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
twice=no kills=0 seed=$RANDOM keep=no binary='' import_flags=()
arguments=()

whole_number() { [[ $2 =~ ^[0-9]+$ ]] || { echo "compare: $1 needs a whole number" >&2; exit 2; }; }

while (($#)); do
  case $1 in
    --twice) twice=yes ;;
    --kill) whole_number "$1" "${2:-}"; kills=$2; shift ;;
    --seed) whole_number "$1" "${2:-}"; seed=$2; shift ;;
    --skip-malformed) import_flags+=(--skip-malformed) ;;
    --binary) binary=${2:?--binary needs a path}; shift ;;
    --keep) keep=yes ;;
    -h | --help) usage; exit 0 ;;
    -*) echo "compare: unknown option $1" >&2; usage >&2; exit 2 ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
if ((${#arguments[@]} != 2)); then usage >&2; exit 2; fi
input=${arguments[0]} truth=${arguments[1]}
[[ -r $input ]] || { echo "compare: cannot read $input" >&2; exit 2; }
[[ -d $truth ]] || { echo "compare: $truth is no folder" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/$program-compare.XXXXXX")
import_id=''
# shellcheck disable=SC2317  # the trap calls it
clean_up() {
  [[ -z $import_id ]] || kill -9 "$import_id" 2>/dev/null || true
  if [[ $keep == yes ]]; then echo "kept: $work"; else rm -rf "$work"; fi
}
trap clean_up EXIT

build() {
  "$root/tools/install_dependencies.sh"
  echo "building the $program ..."
  if ! (cd "$root" && cmake --preset release && cmake --build --preset release --target "$program") \
    >"$work/build.log" 2>&1; then
    tail -n 40 "$work/build.log" >&2
    echo "compare: the build failed" >&2
    exit 1
  fi
  binary=$root/build/release/examples/$program/$program
}
[[ -n $binary ]] || build
[[ -x $binary ]] || { echo "compare: no program at $binary" >&2; exit 1; }

# shellcheck source=examples/support/import_functions.sh
source "$here/import_functions.sh"

# Whether a table is as it ought to be: same_table TABLE EXPECTED ACTUAL
same_table() {
  if [[ ! -r $2 ]]; then
    echo "DIFF $1  $2 is missing"
  elif cmp -s "$2" "$3"; then
    echo "ok   $1  $(($(wc -l <"$3") - 1)) rows"
    return 0
  else
    echo "DIFF $1"
    diff "$2" "$3" | head -n 6 | sed 's/^/       /' || true
  fi
  return 1
}

# Exports what an import comes to that nobody disturbs, for those of own_tables that the folder lacks.
import_undisturbed() {
  local table missing=no whole=$work code=0
  for table in "${own_tables[@]}"; do
    [[ -r $truth/$table.csv ]] || missing=yes
  done
  [[ $missing == yes ]] || return 0
  mkdir "$whole/undisturbed"
  work=$whole/undisturbed
  import_all >/dev/null && "$binary" export "$work/export" --store "$work/store" || code=$?
  work=$whole
  return "$code"
}

compare_tables() {
  local days=() table expected differing=0
  if [[ -r $truth/$as_of_table.csv ]]; then
    while read -r day; do days+=(--asof "$day"); done \
      < <(tail -n +2 "$truth/$as_of_table.csv" | cut -d, -f1 | sort -u)
  fi
  rm -rf "$work/export"
  if ! "$binary" export "$work/export" --store "$work/store" "${days[@]}"; then
    echo "FAIL export"
    return 1
  fi
  for table in "${tables[@]}"; do
    same_table "$table" "$truth/$table.csv" "$work/export/$table.csv" || differing=$((differing + 1))
  done
  for table in "${own_tables[@]}"; do
    expected=$truth/$table.csv
    [[ -r $expected ]] || expected=$work/undisturbed/export/$table.csv
    same_table "$table" "$expected" "$work/export/$table.csv" || differing=$((differing + 1))
  done
  ((differing == 0))
}

status=0
import_undisturbed || status=1
if ((kills > 0)); then
  echo "killing the import at $kills random moments, seed $seed"
  kill_imports "$kills" "$seed" || status=1
fi
import_all || status=1
compare_tables || status=1
if [[ $twice == yes ]]; then
  echo "once more, into the same store"
  import_all || status=1
  compare_tables || status=1
fi
if ((status == 0)); then echo "all tables are the same"; else echo "NOT the same" >&2; fi
exit $status
