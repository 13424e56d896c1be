#!/usr/bin/env bash
# Finds pushform, or builds it from the sources of this action, so that both are of one version.
# `look` says whether it is missing, where it will be kept and by which key; `build` makes it and adds it to the path.
set -euo pipefail

source=${GITHUB_ACTION_PATH:?}
folder=${RUNNER_TOOL_CACHE:-${RUNNER_TEMP:?}}/pushform

look() {
  if command -v pushform >/dev/null; then
    echo "missing=false" >>"$GITHUB_OUTPUT"
    return
  fi
  local sum
  sum=$(cd "$source" && find Cargo.toml Cargo.lock src -type f | LC_ALL=C sort | git hash-object --stdin-paths |
    git hash-object --stdin)
  {
    echo "missing=true"
    echo "folder=$folder"
    echo "key=pushform-${RUNNER_OS:-unknown}-${RUNNER_ARCH:-unknown}-$sum"
  } >>"$GITHUB_OUTPUT"
}

build() {
  if [ ! -x "$folder/bin/pushform" ]; then
    cargo install --quiet --locked --path "$source" --root "$folder"
  fi
  echo "$folder/bin" >>"$GITHUB_PATH"
}

case ${1:-} in
  look) look ;;
  build) build ;;
  *)
    echo "one of: look, build" >&2
    exit 1
    ;;
esac
