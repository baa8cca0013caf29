#!/usr/bin/env bash
# The main job, on real images, on this machine alone: sets up, builds, starts an image server, precached and a
# small fleet of agents on loopback addresses, has them exchange a large image, and caches two bootable images on every
# host of an aggregate.
#
#   deploy/quickstart.sh           runs it all and cleans up
#   deploy/quickstart.sh --keep    leaves the fleet running and prints how to talk to it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

keep=no
case "${1:-}" in
"") ;;
--keep) keep=yes ;;
*)
    sed -n '2,7s/^# \{0,1\}//p' "$0"
    [ "$1" = --help ] && exit 0
    exit 64
    ;;
esac

say() { printf '\n== %s\n' "$*"; }

run=$(mktemp -d "${TMPDIR:-/tmp}/precache-quickstart.XXXXXX")
pids=()
stop_fleet() {
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$run"
}
trap stop_fleet EXIT
trap 'exit 130' INT TERM

# Waits until a command succeeds, at most 60 s, and shows the logs if it never does.
await() {
    local what=$1 tries=600
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        if [ "$tries" = 0 ]; then
            echo "quickstart: $what didn't happen within a minute; the logs' last lines:" >&2
            tail -n 20 "$run"/*.log >&2
            exit 1
        fi
        sleep 0.1
    done
}

# A free TCP port on a loopback address.
free_port() {
    python3 -c 'import socket,sys; s=socket.socket(); s.bind((sys.argv[1],0)); print(s.getsockname()[1])' "$1"
}

say "Setting up and building (ten minutes on two cores the first time)"
deploy/setup.sh build
started=$SECONDS
: >"$run/build.log"
# How far it is, as the compiler says.
while sleep 10; do tail -n 1 "$run/build.log" | cut -c 1-100; done &
pids+=($!)
programs=$(deploy/build.sh 2>"$run/build.log") || {
    cat "$run/build.log" >&2
    exit 1
}
kill "${pids[0]}"
wait "${pids[0]}" 2>/dev/null || true
pids=()
PATH="$programs:/usr/sbin:$PATH"
echo "built in $((SECONDS - started)) s: $(cd "$programs" && du -h --apparent-size precached precache-agent precache | tr '\t\n' '  ')"

say "Two images that people boot: GRUB's rescue disk as an ISO, memtest86+ as a qcow2"
mkdir -m 700 "$run/images"
cp /usr/lib/grub-rescue/grub-rescue-cdrom.iso "$run/images/grub-rescue.iso"
qemu-img convert -f raw -O qcow2 /usr/lib/memtest86+/memtest86+x64.iso "$run/images/memtest86.qcow2"
# For a look at the exchange and at the live view: zeros, which the image server hands out slowly.
truncate -s 128M "$run/images/large.raw"
truncate -s 256M "$run/images/larger.raw"
chmod 755 "$run" "$run/images"
ls -l "$run/images"

image_port=$(free_port 127.0.0.1)
cat >"$run/nginx.conf" <<EOF
pid $run/nginx.pid;
error_log $run/nginx.log;
daemon off;
events {}
http {
    access_log $run/nginx-access.log;
    client_body_temp_path $run/t1; proxy_temp_path $run/t2; fastcgi_temp_path $run/t3;
    uwsgi_temp_path $run/t4; scgi_temp_path $run/t5;
    server {
        listen 127.0.0.1:$image_port;
        root $run/images;
        location /large { limit_rate 8m; }
    }
}
EOF
nginx -e "$run/nginx.log" -c "$run/nginx.conf" &
pids+=($!)

say "Certificates of a private CA, by which the service and the hosts know each other"
deploy/make-certificates.sh "$run/tls" compute-1 compute-2 compute-3 compute-4 | sed "s|$run/||g"

say "precached, its database, and a token for each kind of caller"
port=$(free_port 127.0.0.1)
cat >"$run/precached.toml" <<EOF
[listen]
address = "127.0.0.1"
port = $port
[database]
path = "$run/precached.db"
[agents.tls]
ca = "$run/tls/ca.pem"
certificate = "$run/tls/service-client.pem"
key = "$run/tls/service-client.key"
EOF
chmod 600 "$run/precached.toml"
export PRECACHE_URL="http://127.0.0.1:$port"
PRECACHE_TOKEN=$(precached token create --role admin --name quickstart --config "$run/precached.toml")
export PRECACHE_TOKEN
precached --config "$run/precached.toml" 2>"$run/precached.log" &
pids+=($!)
await "precached's start" curl -fsS "$PRECACHE_URL/readyz"

say "An inventory: four hosts in the aggregate 'web', and the images"
{
    echo "hosts:"
    for n in 1 2 3 4; do echo "  - {name: compute-$n, address: 127.0.1.$n, port: 7701, labels: {rack: r$((n % 2 + 1))}}"; done
    echo "aggregates:"
    echo "  - {name: web, hosts: [compute-1, compute-2, compute-3, compute-4], metadata: {purpose: quickstart}}"
    echo "images:"
    for file in grub-rescue.iso memtest86.qcow2 large.raw larger.raw; do
        echo "  - id: ${file%.*}"
        echo "    url: http://127.0.0.1:$image_port/$file"
        echo "    disk_format: ${file##*.}"
        echo "    size_bytes: $(stat -c %s "$run/images/$file")"
        echo "    hash_algorithm: sha256"
        echo "    hash: $(sha256sum "$run/images/$file" | cut -d' ' -f1)"
    done
} >"$run/inventory.yaml"
precache inventory apply -f "$run/inventory.yaml"

say "An agent on every host, each on a loopback address of its own"
for n in 1 2 3 4; do
    mkdir -p "$run/compute-$n/_base"
    heartbeat_token=$(precached token create --role agent --host "compute-$n" --name "agent-$n" --config "$run/precached.toml")
    cat >"$run/compute-$n/agent.toml" <<EOF
host = "compute-$n"
[listen]
address = "127.0.1.$n"
port = 7701
[listen.tls]
certificate = "$run/tls/agents/compute-$n.pem"
key = "$run/tls/agents/compute-$n.key"
client_ca = "$run/tls/ca.pem"
[cache]
directory = "$run/compute-$n/_base"
[service]
url = "$PRECACHE_URL"
token = "$heartbeat_token"
heartbeat_seconds = 1
EOF
    chmod 600 "$run/compute-$n/agent.toml"
    precache-agent --config "$run/compute-$n/agent.toml" 2>"$run/compute-$n.log" &
    pids+=($!)
done
hosts_in_state() {
    [ "$(precache host list --output json | jq "[.hosts[] | select(.state == \"$1\")] | length")" = "$2" ]
}
await "a heartbeat from every agent" hosts_in_state up 4
precache host list

say "precache cache web large --wait: four hosts give each other what two of them fetch"
precache cache web large --wait
precache job results "$(precache job list --output json | jq -r '.jobs[0].id')"
size=$(stat -c %s "$run/images/large.raw")
copies=$(awk -v size="$size" '$7 == "/large.raw" { sent += $10 } END { printf "%.2f", sent / size }' "$run/nginx-access.log")
echo "copies of it that the image server sent: $copies"
awk -v copies="$copies" 'BEGIN { exit !(copies >= 1 && copies <= 3) }'

say "compute-4 dies (its heartbeats stop, which the service notices after three intervals)"
kill "${pids[-1]}"
wait "${pids[-1]}" 2>/dev/null || true
unset 'pids[-1]'
await "compute-4 being seen as down" hosts_in_state down 1

say "precache cache web grub-rescue memtest86 --wait"
status=0
precache cache web grub-rescue memtest86 --wait || status=$?
echo "exit status $status: 2 says 'partial', since one host was down"
[ "$status" = 2 ]
job=$(precache job list --output json | jq -r '.jobs[0].id')
precache job results "$job"

say "The same again without the dead host: nothing is downloaded twice"
precache aggregate remove-host web compute-4
precache cache web grub-rescue memtest86 --wait
precache job results "$(precache job list --output json | jq -r '.jobs[0].id')"

say "The cached files, compared byte for byte with their sources"
for n in 1 2 3; do
    for file in grub-rescue.iso memtest86.qcow2; do
        name=$(printf %s "${file%.*}" | sha1sum | cut -d' ' -f1)
        # As nova-compute does, the agent makes a plain disk of a qcow2: what counts is what the guest sees.
        case $file in
        *.qcow2) qemu-img compare -q -f qcow2 -F raw "$run/images/$file" "$run/compute-$n/_base/$name" ;;
        *) cmp "$run/images/$file" "$run/compute-$n/_base/$name" ;;
        esac
        echo "compute-$n: _base/$name is $file"
    done
done
echo "downloads that the image server saw: $(grep -cE 'GET /(grub|memtest).* 200 ' "$run/nginx-access.log") (3 hosts x 2 images)"

say "A policy: both images are to be on every host of 'web' from now on"
cat >"$run/policies.yaml" <<EOF
policies:
  - {name: web-base, aggregates: [web], images: [{id: grub-rescue}, {id: memtest86}]}
EOF
precache policy apply -f "$run/policies.yaml"
precache coverage web grub-rescue memtest86 --at-least 100% --wait 1m

say "compute-4 comes back and joins 'web' again: nobody asks for anything, and the gate waits until it is warm, too"
precache-agent --config "$run/compute-4/agent.toml" 2>>"$run/compute-4.log" &
pids+=($!)
precache aggregate add-host web compute-4
status=0
precache coverage web grub-rescue memtest86 --at-least 100% || status=$?
echo "exit status $status: 2 says 'not met', since compute-4 lacks them"
[ "$status" = 2 ]
precache coverage web grub-rescue memtest86 --at-least 100% --wait 2m
precache job results "$(precache job list --output json | jq -r '.jobs[0].id')"
policy_is_met() { precache policy list | grep -q ' met '; }
await "the policy saying so, too" policy_is_met
precache policy list

if [ "$keep" = yes ]; then
    trap - EXIT
    say "Left running. To talk to it:"
    cat <<EOF
  export PATH=$programs:\$PATH PRECACHE_URL=$PRECACHE_URL PRECACHE_TOKEN=$PRECACHE_TOKEN
  precache host list
  precache cache web larger --wait         # takes half a minute, so that there is something to see
  precache job list
  curl -H "Authorization: Bearer \$PRECACHE_TOKEN" \$PRECACHE_URL/metrics
Everything of it is in $run. To end it:
  kill ${pids[*]}; rm -rf $run
EOF
else
    say "Done; the fleet is stopped and its files are removed"
fi
