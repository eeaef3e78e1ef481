# shellcheck shell=bash disable=SC2154
# For `compare` and `trail`: imports that run to the end, and imports that are killed.
#
# They use: binary, input, work (a folder to write in), import_flags; the store is $work/store. The
# process of an import that runs in the background is in import_id, so that a trap can end it. An
# import that is to be killed gets kill_flags, too: smaller batches when the log is small, so that it
# does not end before it is killed.

kill_flags=()
# Whether the program goes on when all rows are in; then the last of several kills comes then.
settles=${settles:-no}

# Imports everything. With --skip-malformed, exit code 3 says that rows were skipped, as asked for.
import_all() {
  local code=0
  "$binary" import "$input" --store "$work/store" "${import_flags[@]}" || code=$?
  if ((code == 3)) && [[ " ${import_flags[*]} " == *' --skip-malformed '* ]]; then code=0; fi
  ((code == 0)) || echo "FAIL import: exit code $code" >&2
  return "$code"
}

# The number of rows in the latest line of progress, or 0. A huge one once all rows are in and the
# process managers go on.
rows_so_far() {
  local text
  text=$(tail -n 1 "$work/progress" 2>/dev/null |
    sed -n 's/.* \([0-9,]*\) rows .*/\1/p; s/.* to go$/999,999,999/p')
  text=${text//,/}
  echo "${text:-0}"
}

# Starts an import and kills it with -9 once `rows` rows are in, and `delay` seconds more have passed.
# False when it failed by itself; an import that ended well before is as good as a kill.
kill_import_at() {
  local rows=$1 delay=$2 code=0
  : >"$work/progress"
  "$binary" import "$input" --store "$work/store" --progress-ms 0 "${import_flags[@]}" \
    "${kill_flags[@]}" \
    >"$work/import.out" 2>"$work/progress" &
  import_id=$!
  while kill -0 "$import_id" 2>/dev/null && (($(rows_so_far) < rows)); do sleep 0.02; done
  sleep "$delay"
  killed_at=''
  # In one group, since bash says on stderr that the import was killed whenever it notices.
  {
    kill -9 "$import_id" && killed_at=yes
    wait "$import_id" || code=$?
  } 2>/dev/null
  import_id=''
  if ((code == 137)); then killed_at=$(rows_so_far) && return 0; fi
  killed_at=''
  if ((code == 3)) && [[ " ${import_flags[*]} " == *' --skip-malformed '* ]]; then return 0; fi
  ((code == 0)) || cat "$work/progress" >&2
  return "$code"
}

# kill_imports TIMES SEED: each kill at a random moment of its own share of the rows, so that there are
# always new rows on their way.
kill_imports() {
  local times=$1 total share i chance rows killed_at='' delay_ms_max=100
  RANDOM=$2
  total=$(wc -l <"$input")
  if ((total < 100000)); then kill_flags=(--batch 50) delay_ms_max=10; fi
  share=$((total / times + 1))
  for ((i = 1; i <= times; ++i)); do
    # 30 bits of chance, since one RANDOM has 15; and a little later than the line of progress, so
    # that it does not always happen between two batches.
    chance=$((RANDOM * 32768 + RANDOM))
    rows=$(((i - 1) * share + chance % share))
    if [[ $settles == yes ]] && ((i > 1 && i == times)); then rows=$((total + 1)); fi
    kill_import_at $rows "0.$(printf '%03d' $((RANDOM % delay_ms_max)))" ||
      return 1
    if [[ -n $killed_at ]]; then
      ((killed_at == 999999999)) && killed_at='all'
      echo "killed $i of $times, after $killed_at rows"
    else
      echo "kill $i of $times came too late: the import had ended"
    fi
  done
}
