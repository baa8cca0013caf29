#!/usr/bin/env bash
# Builds the release programs, the Swift standard library linked in, and strips them: a host needs no Swift.
#
#   deploy/build.sh          prints the folder that holds precached, precache-agent and precache
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=.build-release/programs
for program in precached precache-agent precache; do
    swift build -c release --static-swift-stdlib --scratch-path .build-release --product "$program" >&2
done
mkdir -p "$out"
for program in precached precache-agent precache; do
    strip -o "$out/.$program" ".build-release/release/$program"
    mv "$out/.$program" "$out/$program"
done
echo "$PWD/$out"
