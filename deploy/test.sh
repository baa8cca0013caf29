#!/usr/bin/env bash
# Sets up everything, then runs every check and every test. Takes a quarter of an hour on two cores.
#
#   deploy/test.sh           all of it
#   deploy/test.sh PART…     of: style unit programs scenarios api openstack deploy quickstart bench
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(style unit programs scenarios api openstack deploy quickstart bench)
passed=0
failed=0

step() {
    local name=$1 started=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    if "$@"; then
        passed=$((passed + 1))
        echo "== $name: ok ($((SECONDS - started)) s)"
    else
        failed=$((failed + 1))
        echo "== $name: FAILED ($((SECONDS - started)) s)"
    fi
}

scripts() {
    shellcheck deploy/*.sh .ci/run
}

python_tests() {
    local venv=$1
    shift
    PATH="$PWD/.build-release/programs:/usr/sbin:$PATH" "$venv/bin/python" -m pytest -q "$@"
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
    programs) step "release programs" deploy/build.sh ;;
    scenarios) step "scenarios with the real programs" python_tests .venv Tests/Scenarios ;;
    api) step "programs against api-spec" python_tests .venv Tests/API ;;
    openstack) step "with the real Keystone, Glance and OpenStack clients" python_tests .venv-openstack Tests/OpenStack ;;
    deploy) step "deployment files" python_tests .venv Tests/Deploy ;;
    quickstart) step "quick start" deploy/quickstart.sh ;;
    bench)
        step "benchmarks, small" deploy/bench.sh --quick
        step "benchmarks' report" python_tests .build-bench/venv Tests/Benchmarks
        ;;
    *)
        sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
        exit 64
        ;;
    esac
done
printf '\n== steps\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
