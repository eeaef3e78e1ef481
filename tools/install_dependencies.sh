#!/usr/bin/env bash
# Installs the packages of dependencies.txt that are missing. Instant when none is.
set -euo pipefail

if [[ "${1:-}" == "--help" ]]; then
  echo "usage: tools/install_dependencies.sh"
  echo "Installs the Debian packages of dependencies.txt that are missing, with apt-get."
  exit 0
fi

list="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/dependencies.txt"
mapfile -t wanted < <(sed -e 's/#.*//' "$list" | tr -s '[:space:]' '\n' | sed '/^$/d')

if ! command -v dpkg-query >/dev/null; then
  echo "dependencies: this is not a Debian system; what is needed is listed in dependencies.txt" >&2
  exit 0
fi

# dpkg-query fails when it does not know one of the names; what it prints of the others counts.
# shellcheck disable=SC2016  # The $ belong to dpkg-query.
statuses="$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null || true)"
declare -A installed=()
while read -r name status; do
  if [[ "$status" == installed ]]; then installed["$name"]=yes; fi
done <<<"$statuses"

missing=()
for name in "${wanted[@]}"; do
  if [[ -z "${installed[$name]:-}" ]]; then missing+=("$name"); fi
done
if ((${#missing[@]} == 0)); then exit 0; fi

as_root=()
by_hand=""
apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
install=("${apt[@]}" install -y --no-install-recommends "${missing[@]}")

give_up() {
  echo "dependencies: $1" >&2
  echo "  ${by_hand}apt-get update && ${by_hand}apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
}

if ((EUID != 0)); then
  command -v sudo >/dev/null || give_up "installing needs root, and there is no sudo. As root, please run:"
  by_hand="sudo "
  # Without a terminal nobody could type a password.
  if [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; then give_up "sudo asks for a password. Please run:"; fi
  as_root=(sudo)
fi

echo "dependencies: installing ${missing[*]}" >&2
"${as_root[@]}" "${apt[@]}" update >&2 || echo "dependencies: apt-get update failed; going on" >&2
"${as_root[@]}" "${install[@]}" >&2 ||
  give_up "apt-get could not install them (see above). When its cause is gone, start again, or run:"
