#!/usr/bin/env bash
# Installs what building and testing Precache needs on Debian 12 with Swift 6.3, and nothing that is there already.
#
#   deploy/setup.sh build    libraries for the build, and what the quick start shows (nginx, real boot images)
#   deploy/setup.sh package  what building needs, and what deploy/package.sh makes packages with
#   deploy/setup.sh test     all of that, and what the tests use; Python packages go to .venv and, Keystone, Glance and the
#                            OpenStack clients, to .venv-openstack, Ansible to .venv-ansible in this checkout
#   deploy/setup.sh bench    what building needs, and the comparators of the benchmarks; Python packages go to
#                            .build-bench/venv
#
# Needs root or sudo only where a package is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build_packages=(libcurl4-openssl-dev libsqlite3-dev libssl-dev libpq-dev pkg-config curl openssl jq)
show_packages=(nginx-light qemu-utils grub-rescue-pc memtest86+)
package_packages=(dpkg-dev python3)
test_packages=(lintian man-db postgresql-15 prometheus python3-venv shellcheck sqlite3 haproxy libnginx-mod-stream qemu-system-x86 debootstrap systemd-container squid iproute2 pgbouncer chromium chromium-driver)
bench_packages=(postgresql-15 gcc python3-venv sqlite3 wrk aria2 squid iproute2 python3-libtorrent)

install_missing() {
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "setup: installing ${missing[*]}"
    local as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    # nginx, HAProxy, Squid, Prometheus and PostgreSQL are used as programs here, not as services: don't let their packages start them.
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

python_packages() {
    local venv=$1 wanted=$2
    if cmp -s "$wanted" "$venv/requirements.txt"; then return 0; fi
    echo "setup: Python packages, into $venv"
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
    cp "$wanted" "$venv/requirements.txt"
}

command -v swift >/dev/null || {
    echo "setup: Swift 6.3 is needed (https://www.swift.org/install/linux/); 'swift' is not on the PATH" >&2
    exit 1
}
# Any nginx will do; asking for nginx-light would remove a fuller one.
if command -v nginx >/dev/null || [ -x /usr/sbin/nginx ]; then show_packages=("${show_packages[@]/nginx-light/}"); fi
read -ra show_packages <<<"${show_packages[*]}"

case "${1:-}" in
build) install_missing "${build_packages[@]}" "${show_packages[@]}" ;;
package) install_missing "${build_packages[@]}" "${package_packages[@]}" ;;
test)
    install_missing "${build_packages[@]}" "${show_packages[@]}" "${package_packages[@]}" "${test_packages[@]}"
    python_packages .venv Tests/requirements.txt
    python_packages .venv-openstack Tests/OpenStack/requirements.txt
    python_packages .venv-ansible Tests/Deploy/ansible-requirements.txt
    ;;
bench)
    install_missing "${build_packages[@]}" "${show_packages[@]}" "${bench_packages[@]}"
    python_packages .build-bench/venv Tests/Benchmarks/requirements.txt
    ;;
*)
    sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
    exit 64
    ;;
esac
