#!/usr/bin/env bash
# Sets up everything, then runs every check and every test. Takes half an hour and more on two cores.
#
#   deploy/test.sh               all of it
#   deploy/test.sh PART…         of: style unit programs real quickstart bench; real is scenarios, and beside them api, page,
#                                postgres, openstack and deploy
#   deploy/test.sh sanitize      the unit tests under the thread sanitizer, then under the address sanitizer
#   deploy/test.sh release       the unit tests, optimized as the released programs are
#   deploy/test.sh module NAME   one module's unit tests, in seconds: FanOut, say; arguments after it go to swift test
#
# At its end it names the slowest steps and what failed, and each part with real programs its slowest tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
    exit 64
}

# Here, for it is to take seconds: nothing is set up, and nothing else is built.
if [ "${1:-}" = module ]; then
    if [ $# -lt 2 ] || [ ! -d "Tests/$2Tests" ]; then
        echo "test.sh: module wants a name X with a folder Tests/XTests" >&2
        usage
    fi
    module=$2
    shift 2
    PRECACHE_TEST_MODULE=$module exec swift test "$@"
fi

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(style unit programs real quickstart bench)
passed=0
failed=0
times=()
output=$(mktemp)
failures=$(mktemp)
trap 'rm -f "$output" "$failures"' EXIT

step() {
    local name=$1 started=$SECONDS status=0 taken copy copier
    shift
    printf '\n== %s\n' "$name"
    exec {copy}> >(exec tee -i "$output")
    copier=$!
    "$@" >&"$copy" 2>&1 || status=$?
    exec {copy}>&-
    # What a test left behind may hold the output open for ever: a moment has to do.
    timeout 5 tail -s 0.1 --pid="$copier" -f /dev/null || true
    taken=$((SECONDS - started))
    if [ "$status" = 0 ]; then
        passed=$((passed + 1))
        echo "== $name: ok ($taken s)"
    else
        failed=$((failed + 1))
        echo "== $name: FAILED ($taken s)"
        told "$name" >>"$failures"
    fi
    times+=("$taken s  $name")
}

# What pytest, swift test, sanitizers and linters say of a step's failures; the last lines where none of them spoke.
told() {
    printf '%s\n' "-- $1"
    if ! grep -aE '^(FAILED|ERROR) |✘|(error|warning)[:)]+ |(WARNING|ERROR): [A-Z][a-zA-Z]+Sanitizer' "$output" | head -n 40; then
        tail -n 20 "$output"
    fi
    grep -aE '^E  ' "$output" | head -n 40 || true
}

scripts() {
    shellcheck deploy/*.sh .ci/run
}

python_tests() {
    local venv=$1
    shift
    PATH="$PWD/.build-release/programs:/usr/sbin:$PATH" "$venv/bin/python" -m pytest -q --durations=10 "$@"
}

# What a sanitizer finds is a failure, whatever the test that met it says.
sanitized() {
    local sanitizer=$1 scratch=$2 suppressions=$PWD/Tests/support/tsan.supp
    # Leaks are not looked for: the Swift runtime and OpenSSL keep what they need once until the end.
    TSAN_OPTIONS="exitcode=66 halt_on_error=0 suppressions=$suppressions" ASAN_OPTIONS="detect_leaks=0" PRECACHE_SANITIZED=1 \
        swift test --sanitize "$sanitizer" --scratch-path "$scratch"
}

# What the service keeps, once more on the other engine; what is about agents alone isn't the database's.
service_tests=(Tests/API)
for name in cli coverage events kill limits main_job mesh nova_api pins plan policies security sources telling trace webhooks webhook_faults; do
    service_tests+=("Tests/Scenarios/test_$name.py")
done

on_postgres() {
    PRECACHE_TEST_ENGINE=postgres "$@"
}

# Lots of parts of this script: each lot one part after another, the lots beside each other, for tests wait for most of their
# time. The first lot is shown as it goes, the others once it has ended. Takes each lot as one argument.
side_by_side() {
    local first=$1 status=0 number folder
    local lots=("${@:2}") running=()
    folder=$(mktemp -d)
    trap 'kill "${running[@]}" 2>/dev/null; rm -rf "$folder"; exit 130' INT TERM
    for number in "${!lots[@]}"; do
        lot "${lots[$number]}" >"$folder/$number" 2>&1 &
        running+=($!)
    done
    lot "$first" || status=1
    for number in "${!lots[@]}"; do
        wait "${running[$number]}" || status=1
        cat "$folder/$number"
    done
    trap - INT TERM
    rm -rf "$folder"
    return "$status"
}

lot() {
    local part parts status=0 started=$SECONDS
    read -ra parts <<<"$1"
    for part in "${parts[@]}"; do
        printf '\n-- %s\n' "$part"
        "$part" || status=1
    done
    printf -- '-- %s: %d s\n' "$1" "$((SECONDS - started))"
    return "$status"
}

scenarios() {
    python_tests .venv Tests/Scenarios
}

api() {
    python_tests .venv Tests/API
}

page() {
    python_tests .venv Tests/Page
}

store_on_postgres() {
    on_postgres swift test --filter StoreTests
}

service_on_postgres() {
    on_postgres python_tests .venv "${service_tests[@]}"
}

openstack() {
    python_tests .venv-openstack Tests/OpenStack
}

deployment_files() {
    python_tests .venv Tests/Deploy
}

optimized() {
    swift test -c release -Xswiftc -enable-testing --scratch-path .build-release-tests
}

deploy/setup.sh test
for part in "${parts[@]}"; do
    case "$part" in
    style)
        step "format" swift format lint --strict --parallel --recursive Package.swift Sources Tests
        step "shell scripts" scripts
        step "imports, no SwiftNIO" .ci/check-imports
        ;;
    unit) step "unit tests" swift test ;;
    sanitize)
        step "unit tests under the thread sanitizer" sanitized thread .build-tsan
        step "unit tests under the address sanitizer" sanitized address .build-asan
        ;;
    release) step "unit tests, optimized" optimized ;;
    programs) step "release programs" deploy/build.sh precached precache-agent precache precache-bench ;;
    real)
        # Before the lots, for it would take their time.
        step "the unit tests' build" swift build --build-tests
        step "the programs; beside them PostgreSQL, the page, OpenStack's own programs, deployment files" \
            side_by_side scenarios "service_on_postgres openstack page" "store_on_postgres api deployment_files"
        ;;
    scenarios) step "scenarios with the real programs" scenarios ;;
    api) step "programs against api-spec" api ;;
    postgres)
        step "the store's tests on PostgreSQL" store_on_postgres
        step "the service on PostgreSQL" service_on_postgres
        ;;
    openstack) step "with the real Keystone, Glance and OpenStack clients" openstack ;;
    page) step "the page in a browser" page ;;
    deploy) step "deployment files" deployment_files ;;
    quickstart) step "quick start" deploy/quickstart.sh ;;
    bench)
        step "benchmarks, small" deploy/bench.sh --quick
        step "benchmarks' report" python_tests .build-bench/venv Tests/Benchmarks
        ;;
    *) usage ;;
    esac
done
printf '\n== slowest steps\n'
printf '%s\n' "${times[@]}" | sort -rn | sed -n '1,5p'
if [ "$failed" -gt 0 ]; then
    printf '\n== what failed\n'
    cat "$failures"
fi
printf '\n== steps\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
