#!/usr/bin/env bash
# Builds the release programs, the Swift standard library linked in, and strips them: a host needs no Swift.
#
#   deploy/build.sh              prints the folder that holds precached, precache-agent and precache
#   deploy/build.sh PROGRAM…     the same for these; precache-bench is another
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=.build-release/programs
programs=("$@")
[ ${#programs[@]} -gt 0 ] || programs=(precached precache-agent precache)
for program in "${programs[@]}"; do
    swift build -c release --static-swift-stdlib --scratch-path .build-release --product "$program" >&2
done
mkdir -p "$out"
for program in "${programs[@]}"; do
    strip -o "$out/.$program" ".build-release/release/$program"
    mv "$out/.$program" "$out/$program"
done
echo "$PWD/$out"
