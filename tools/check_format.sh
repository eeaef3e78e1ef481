#!/usr/bin/env bash
# Fails when a source is not formatted as .clang-format says. Files that have not changed since they
# last passed are not looked at again.
set -euo pipefail

if [[ "${1:-}" == "--help" ]]; then
  echo "usage: tools/check_format.sh [--fix]"
  echo "Checks all sources with clang-format 14; with --fix, formats them."
  echo "Exits with 0 if all is well, 1 if not, and 77 when clang-format 14 is not installed."
  exit 0
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Other versions format differently, and nobody should have to argue with two of them.
formatter=""
for candidate in clang-format-14 clang-format; do
  if "$candidate" --version 2>/dev/null | grep -q 'version 14\.'; then
    formatter="$candidate"
    break
  fi
done
if [[ -z "$formatter" ]]; then
  echo "format: not checked: clang-format 14 is not installed"
  exit 77
fi

mapfile -t files < <(
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp'
  else
    find . \( -name '*.cpp' -o -name '*.hpp' \) -not -path './build/*' -printf '%P\n'
  fi | sort -u | while read -r file; do if [[ -f "$file" ]]; then echo "$file"; fi; done
)
if ((${#files[@]} == 0)); then
  echo "format: ok (no sources)"
  exit 0
fi

if [[ "${1:-}" == "--fix" ]]; then
  printf '%s\0' "${files[@]}" | xargs -0 -n 16 -P 2 "$formatter" -i
  echo "format: ${#files[@]} files formatted"
  exit 0
fi

passed="build/checks/format"
rules="$(sha1sum .clang-format "$0" | sha1sum | cut -d ' ' -f 1)"
mkdir -p build/checks
touch "$passed"

# A file passes by its content under the rules of that day; the path is kept for the eyes only.
mapfile -t sums < <(sha1sum -- "${files[@]}" | sed "s/^/$rules /")
mapfile -t changed < <(printf '%s\n' "${sums[@]}" | grep -vxFf "$passed" | cut -d ' ' -f 4- || true)

if ((${#changed[@]} > 0)); then
  faults="$(printf '%s\0' "${changed[@]}" |
    xargs -0 -n 16 -P 2 "$formatter" --dry-run -Werror 2>&1)" && failed=no || failed=yes
  if [[ $failed == yes ]]; then
    # The first place in each file is enough to know where to look.
    grep -E '^[^ :]+:[0-9]+:[0-9]+: ' <<<"$faults" | sort -t : -k 1,1 -u || echo "$faults"
    echo "format: FAILED; tools/check_format.sh --fix mends it"
    exit 1
  fi
fi
printf '%s\n' "${sums[@]}" >"$passed"
echo "format: ok (${#files[@]} files, ${#changed[@]} of them looked at)"
