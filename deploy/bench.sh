#!/usr/bin/env bash
# Sets up everything, then measures Precache beside what one would take instead, in one run on this machine.
#
#   deploy/bench.sh              all of it, some 45 minutes; deploy/benchmarks gets the table, the charts, the readings
#   deploy/bench.sh --quick      small and once, under four minutes: whether everything works, not how fast it is
#   deploy/bench.sh NAME…        only these (Tests/Benchmarks/suite.py --help lists them); prints the table
#
# For root, since hosts that exchange images are put into network namespaces; for others that is left out.
# Rounds are interleaved and the table has medians, since machines are noisy: leave this one alone meanwhile. The exit
# status is 2 if a threshold of deploy/benchmarks/plan.json is missed by more than the noise that is stated there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

quick=()
names=()
for argument in "$@"; do
    case "$argument" in
    --quick) quick=(--quick) ;;
    -*)
        sed -n '2,10s/^# \{0,1\}//p' "$0"
        [ "$argument" = --help ] && exit 0
        exit 64
        ;;
    *) names+=("$argument") ;;
    esac
done

deploy/setup.sh bench
built=$PWD/.build-bench
mkdir -p "$built"
programs=$(deploy/build.sh precached precache-agent precache precache-bench 2>"$built/build.log") || {
    cat "$built/build.log" >&2
    exit 1
}
echo "bench: building the comparators"
cc -O2 -Wall -o "$built/fanout" Tests/Benchmarks/comparators/fanout.c -lcurl
if [ ${#quick[@]} -eq 0 ]; then
    # In a package of its own, so that nothing of ours ever depends on it.
    swift build -c release --package-path Tests/Benchmarks/StatusAnswer --scratch-path "$built/status-answer-package" \
        >"$built/build.log" 2>&1 || {
        cat "$built/build.log" >&2
        exit 1
    }
    ln -sf "$built/status-answer-package/release/status-answer" "$built/status-answer"
fi
PATH="$programs:/usr/sbin:$PATH"

out=deploy/benchmarks
[ ${#quick[@]} -eq 0 ] && [ ${#names[@]} -eq 0 ] || out=$(mktemp -d "${TMPDIR:-/tmp}/precache-readings.XXXXXX")
python=$built/venv/bin/python
"$python" Tests/Benchmarks/suite.py --out "$out" --built "$built" "${quick[@]}" "${names[@]}"

if [ "$out" != deploy/benchmarks ]; then
    # What it says of a small fleet is worth nothing, but it must be able to say it.
    if [ -e "$out/costs.json" ]; then "$python" Tests/Benchmarks/capacity.py "$out/costs.json"; fi
    # What a short run leaves out is no fault of it.
    status=0
    "$python" Tests/Benchmarks/report.py deploy/benchmarks/plan.json "$out" --write --partial "${quick[@]/--quick/--lenient}" || status=$?
    rm -rf "$out"
    exit "$status"
fi
status=0
"$python" Tests/Benchmarks/report.py deploy/benchmarks/plan.json "$out" --write || status=$?
"$python" Tests/Benchmarks/capacity.py "$out/costs.json" >deploy/capacity.md
exit "$status"
