#!/usr/bin/env bash
# Runs one command of Pushform in a workflow: shows what it says, sets the outputs of action.yml, and ends as the
# workflow should. Inputs come by the environment and are never read as shell.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=${PUSHFORM_FOLDER:-.}
work=${RUNNER_TEMP:-/tmp}/pushform-$$
mkdir -p "$work"

# Words separated by spaces; a `*` in them is an address, not a file name.
set -f
# shellcheck disable=SC2206
arguments=(${PUSHFORM_ARGUMENTS:-})
set +f
global=(--chdir "$folder")
if [ "${PUSHFORM_MASK:-false}" = true ]; then
  global+=(--mask)
fi

output() {
  printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:-/dev/null}"
}

is_true() {
  if [ "$1" = "$2" ]; then echo true; else echo false; fi
}

# A signal to this script is one to the command: it ends what is under way and writes down what came of it.
child=
pass_on() {
  if [ -n "$child" ]; then
    kill -s "$1" "$child" 2>/dev/null || true
  fi
}
for signal in INT TERM HUP; do
  # shellcheck disable=SC2064
  trap "pass_on $signal" "$signal"
done

# Keeps what comes through a pipe in a file and shows it as it comes, until the command ends and whatever signal comes.
keep() {
  mkfifo "$work/$1.pipe"
  (
    trap '' INT TERM HUP
    exec tee "$work/$1" <"$work/$1.pipe"
  ) &
}

# Runs a command, shows what it says while it says it, and keeps it; its exit code is in $code.
code=0
run() {
  local shown=()
  rm -f "$work"/*.pipe
  keep out
  shown+=($!)
  keep err >&2
  shown+=($!)
  pushform "${global[@]}" "$@" >"$work/out.pipe" 2>"$work/err.pipe" &
  child=$!
  # A signal ends the waiting and not the command.
  while true; do
    code=0
    wait "$child" || code=$?
    kill -0 "$child" 2>/dev/null || break
  done
  child=
  wait "${shown[@]}" || true
  output exitcode "$code"
}

# The three numbers of a saved plan. A name cannot look like this key: its quotes are escaped.
numbers() {
  pushform "${global[@]}" show --json "$work/plan.pushform" |
    sed -n 's/^\(.*[^\\]\)\{0,1\}"summary":{"add":\([0-9]*\),"change":\([0-9]*\),"destroy":\([0-9]*\)}.*/\2 \3 \4/p'
}

comment() {
  if [ "${PUSHFORM_COMMENT:-true}" != true ] || [ -z "${PUSHFORM_PULL_REQUEST:-}" ]; then
    return
  fi
  # A pull request from a fork may not comment; its plan counts all the same.
  "$here/comment.py" <"$1" || echo "::warning::The plan could not be written as a comment; it stands in the log."
}

# What goes into the comment where there is no plan.
failed() {
  printf '### Pushform: no plan, exit code %s\n\n' "$code"
  # Indented, so that nothing in it can end the block of code.
  head -c 30000 "$work/err" | sed 's/^/    /'
}

plan() {
  run plan --detailed-exitcode --out "$work/plan.pushform" "${arguments[@]}"
  case $code in
    0 | 2)
      pushform "${global[@]}" show --markdown --html "$work/plan.html" "$work/plan.pushform" >"$work/comment.md"
      comment "$work/comment.md"
      output changes "$(is_true "$code" 2)"
      local add change destroy
      read -r add change destroy <<<"$(numbers)"
      output add "$add"
      output change "$change"
      output destroy "$destroy"
      output plan-file "$work/plan.pushform"
      output page "$work/plan.html"
      exit 0
      ;;
    *)
      failed >"$work/comment.md"
      comment "$work/comment.md"
      exit "$code"
      ;;
  esac
}

apply() {
  if [ -n "${PUSHFORM_PLAN_FILE:-}" ]; then
    run apply "${arguments[@]}" "$PUSHFORM_PLAN_FILE"
  else
    run apply --auto-approve "${arguments[@]}"
  fi
  output waits "$(is_true "$code" 3)"
  if [ "$code" = 3 ]; then
    echo "::notice::The rest waits for a limit; the same command goes on with it later."
    exit 0
  fi
  exit "$code"
}

drift() {
  run drift "${arguments[@]}"
  output changes "$(is_true "$code" 2)"
  exit "$code"
}

case ${PUSHFORM_COMMAND:-plan} in
  validate)
    run validate "${arguments[@]}"
    exit "$code"
    ;;
  plan) plan ;;
  apply) apply ;;
  drift) drift ;;
  *)
    echo "::error::\`command\` is one of validate, plan, apply, drift"
    exit 1
    ;;
esac
