#!/usr/bin/env bash
# Makes a private CA and the certificates by which precached and its agents know each other.
#
#   deploy/make-certificates.sh [options] DIR [HOST | HOST=ADDRESS[,ADDRESS...]]...
#
# DIR gets this layout; what is there already is kept:
#
#   ca.pem             the CA's certificate      every program and client that checks the others
#   ca.key             the CA's key              stays here; whoever has it can pass for anyone
#   service.pem .key   precached's own           the API over TLS: listen.tls.certificate, listen.tls.key
#   service-client.pem .key                      shown to agents: agents.tls.certificate, agents.tls.key
#   agents/HOST.pem .key                         one agent's own: listen.tls.certificate, listen.tls.key. Good for a
#                                                server and for a client, as which it asks other hosts for pieces of images
#
# HOST is the host's name in the inventory, letter for letter: precached asks for exactly that name, whatever the
# address. ADDRESSes (IPv4, IPv6) go into the certificate too, for people who call an agent by one.
#
# Options
#   --service-names A,B,...   names and addresses under which clients reach the API
#                             (default: this machine's names, localhost, 127.0.0.1, ::1)
#   --client-name NAME        the name that agents expect of the service, their listen.tls.client_name
#                             (default: precached)
#   --hosts-from FILE         more hosts, one HOST or HOST=ADDRESS a line; - reads standard input; # begins a comment
#   --days N                  validity of new certificates (default: 365)
#   --ca-days N               validity of a new CA (default: 3650)
#   --renew                   make certificates anew, with new keys: the service's two and those of the named hosts,
#                             or of every host in DIR if none is named. Names that aren't given stay. The CA stays
#   --renew-service           the same of the service's two alone
#   --renew-hosts             the same of the named hosts alone, of none if none is named
#   --group GROUP             the group that may enter DIR and read the service's two keys (default: precache, for root
#                             where there is this group). The CA's key and agents/ stay the owner's alone
#   --help                    this text
#
# Example: a fleet of two, then one more host, then a year later
#
#   deploy/make-certificates.sh --service-names precache.example.org /etc/precache/tls compute-1 compute-2
#   deploy/make-certificates.sh /etc/precache/tls compute-3
#   deploy/make-certificates.sh --renew /etc/precache/tls
#
# Then copy ca.pem, agents/HOST.pem and agents/HOST.key to each HOST, and let the agent's group read the key there. After a
# renewal, `systemctl reload` of either program takes the new files; no connection is cut. Needs OpenSSL 3.0.
set -euo pipefail
umask 077

fail() {
    echo "make-certificates: $*" >&2
    exit 1
}

usage() {
    printf 'make-certificates: %s\n' "$*" "--help tells all" >&2
    exit 64
}

help() {
    # The comment at the top of this file, up to its first line of code.
    sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
}

is_ipv4() { [[ $1 =~ ^([0-9]{1,3}\.){3}[0-9]{1,3}$ ]]; }
is_address() { is_ipv4 "$1" || [[ $1 == *:* && $1 =~ ^[0-9A-Fa-f:.]+$ ]]; }

# As the inventory takes host names; no name can leave the folder or add a field to a certificate.
is_name() {
    [[ ${#1} -le 253 && $1 =~ ^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_-])?$ ]]
}

is_days() { [[ $1 =~ ^[1-9][0-9]{0,4}$ ]]; }

# The subjectAltName of a list of names and addresses separated by commas, each once.
alternative_names() {
    local list=() seen="," result="" name kind
    IFS=, read -ra list <<<"$1"
    for name in ${list[@]+"${list[@]}"}; do
        [[ -n $name && $seen != *",$name,"* ]] || continue
        seen+="$name,"
        if is_address "$name"; then kind=IP; elif is_name "$name"; then kind=DNS; else
            usage "'$name' is neither a host name nor an address"
        fi
        result+="${result:+,}$kind:$name"
    done
    [[ -n $result ]] || usage "a certificate needs at least one name"
    echo "$result"
}

# names_of CERTIFICATE: its names and addresses, separated by commas.
names_of() {
    openssl x509 -in "$1" -noout -ext subjectAltName 2>/dev/null |
        sed -n 's/^ *//;s/, */,/g;s/DNS://g;s/IP Address://g;/Alternative/!p'
}

# public_key FILE: that of the first certificate or of the key; fails if any is damaged. At a terminal alone asks for a passphrase.
public_key() {
    if [[ $1 = *.pem ]]; then openssl crl2pkcs7 -nocrl -certfile "$1" -out /dev/null && openssl x509 -in "$1" -noout -pubkey
    else openssl pkey -in "$1" -pubout; fi </dev/null 2>/dev/null
}

# authority_of PUBLIC-KEY: of the certificates in ca.pem, of which a change of the CA has two, the one of this key.
authority_of() {
    local line certificate=""
    while IFS= read -r line || [[ -n $line ]]; do
        certificate+=$line$'\n'
        [[ $line = -----END* ]] || continue
        [[ $(openssl x509 -noout -pubkey <<<"$certificate" 2>/dev/null) != "$1" ]] || { echo "$certificate" && return; }
        certificate=""
    done <"$dir/ca.pem"
    return 1
}

# keeps RENEW PATH: whether the certificate stays as it is.
keeps() { [[ $1 = no && -e $dir/$2.pem ]]; }

# refuse FAULT CURE: for what is wrong with files that are there, before anything is changed.
refuse() { fail "$1. Nothing was changed; $2"; }

# look_at FILE CURE [HOW]: the public key of a file that is there; refuses a damaged one, and a key whose passphrase nobody gave.
look_at() {
    local file=$1 cure=$2 how=${3:-$2} kind=key
    [[ -r $file ]] || refuse "$file can't be read" "run this as its owner"
    [[ $file != *.pem ]] || kind=certificate
    public_key "$file" && return
    ! grep -qE '^-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED' "$file" || refuse "$file needs a passphrase" "$how"
    refuse "$file is damaged: it is no whole $kind in PEM" "$cure"
}

# look_at_leaf RENEW PATH NAMES HOW: refuses a pair that is to stay and isn't good, and a certificate that can't be read while the
# new one is to have its names, NAMES being empty; HOW says how to give them.
look_at_leaf() {
    local renew=$1 names=$3 how=$4 certificate=$dir/$2.pem key=$dir/$2.key public own
    [[ -e $certificate && ($renew = no || -z $names) ]] || return 0
    public=$(look_at "$certificate" "move it away and run this again, with $how, which makes it and its key anew")
    [[ $renew = no ]] || return 0
    [[ -e $dir/ca.pem ]] ||
        refuse "$dir/ca.pem is not there, though $certificate is" "put a copy in its place: every host has one"
    openssl verify -CAfile "$dir/ca.pem" -no_check_time "$certificate" >/dev/null 2>&1 ||
        refuse "$certificate is not of this CA" "--renew makes it anew"
    [[ -e $key ]] || refuse "$key is not there, though $certificate is" "--renew makes both anew"
    own=$(look_at "$key" "--renew makes it and its certificate anew")
    [[ $public = "$own" ]] || refuse "$key is not the key of $certificate" "--renew makes both anew"
}

# make_authority: ca.pem with the key that is there, or a new one.
make_authority() {
    if [[ -e $dir/ca.pem ]]; then echo "kept  $dir/ca.pem"; return; fi
    if [[ ! -e $dir/ca.key ]]; then
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$scratch/ca.key"
        mv "$scratch/ca.key" "$dir/ca.key"
    fi
    openssl req -x509 -new -config "$scratch/openssl.cnf" -addext "basicConstraints=critical,CA:TRUE,pathlen:0" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -addext subjectKeyIdentifier=hash -key "$dir/ca.key" -sha256 \
        -days "$ca_days" -subj "/O=Precache/CN=Precache private CA $(openssl rand -hex 4)" -out "$scratch/ca.pem"
    chmod 644 "$scratch/ca.pem"
    mv "$scratch/ca.pem" "$dir/ca.pem"
    echo "made  $dir/ca.pem, valid for $ca_days days"
}

# make_leaf RENEW PATH COMMON-NAME USAGE NAMES: PATH.pem and PATH.key, unless a good pair is there and RENEW is no.
make_leaf() {
    local path=$2 common=$3 usage=$4 alternatives
    if keeps "$1" "$path"; then tell_leaf "$path"; return; fi
    alternatives=$(alternative_names "$5")
    # A common name has room for 64 characters; who checks a certificate looks at the alternative names.
    openssl req -x509 -new -config "$scratch/openssl.cnf" -addext "basicConstraints=critical,CA:FALSE" \
        -addext "keyUsage=critical,digitalSignature" -addext "extendedKeyUsage=$usage" -addext "subjectAltName=$alternatives" \
        -addext subjectKeyIdentifier=hash -addext authorityKeyIdentifier=keyid -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc \
        -keyout "$scratch/leaf.key" -CA "$scratch/signer.pem" -CAkey "$dir/ca.key" -set_serial "0x$(openssl rand -hex 16)" -sha256 \
        -days "$days" -subj "/O=Precache/CN=${common:0:64}" -out "$scratch/leaf.pem" 2>"$scratch/log" ||
        fail "openssl could not make $path.pem: $(cat "$scratch/log")"
    openssl verify -CAfile "$dir/ca.pem" "$scratch/leaf.pem" >/dev/null 2>"$scratch/log" ||
        fail "the new $path.pem does not verify against $dir/ca.pem; is ca.key its key? $(cat "$scratch/log")"
    chmod 644 "$scratch/leaf.pem"
    if [[ -e $dir/$path.key ]]; then
        # Whoever could read the old key reads the new one.
        chmod --reference "$dir/$path.key" "$scratch/leaf.key"
        chown --reference "$dir/$path.key" "$scratch/leaf.key"
    fi
    mv "$scratch/leaf.key" "$dir/$path.key"
    mv "$scratch/leaf.pem" "$dir/$path.pem"
    echo "made  $dir/$path.pem, valid for $days days ($alternatives)"
}

# tell_leaf PATH: says what should become of a good certificate that is there; it is never replaced unasked.
tell_leaf() {
    local certificate=$dir/$1.pem note=""
    if [[ $1 = agents/* ]] && ! openssl verify -CAfile "$dir/ca.pem" -no_check_time -purpose sslclient "$certificate" >/dev/null 2>&1; then
        note=": good for a server alone, so this host can't exchange images with others; --renew makes it anew"
    fi
    openssl x509 -in "$certificate" -noout -checkend $((30 * 86400)) >/dev/null ||
        note=": ends within 30 days or has ended; --renew makes it anew"
    echo "kept  $certificate$note"
}

# take_host HOST[=ADDRESSES]: adds to $hosts, host=names
take_host() {
    local host=${1%%=*} addresses="" address list=()
    [[ $1 != *=* ]] || addresses=${1#*=}
    is_name "$host" || usage "'$host' is no host name: letters, digits, '.', '-' and '_'"
    [[ $host != "$client_name" ]] ||
        usage "host '$host' has the name of the service's own certificate; choose another --client-name"
    IFS=, read -ra list <<<"$addresses"
    for address in ${list[@]+"${list[@]}"}; do
        is_address "$address" || usage "'$address' (of host $host) is no IPv4 or IPv6 address"
    done
    hosts+=("$host=$host${addresses:+,$addresses}")
}

service_names="" client_name=precached group="" days=365 ca_days=3650 renew_service=no renew_hosts=no all_hosts=no hosts_from="" dir="" words=() hosts=()
while [[ $# -gt 0 ]]; do
    case $1 in
    -h | --help) help && exit 0 ;;
    --renew) renew_service=yes renew_hosts=yes all_hosts=yes ;;
    --renew-service) renew_service=yes ;;
    --renew-hosts) renew_hosts=yes ;;
    --service-names | --client-name | --group | --hosts-from | --days | --ca-days)
        [[ $# -gt 1 ]] || usage "$1 needs a value"
        option=${1#--}
        printf -v "${option//-/_}" %s "$2"
        shift
        ;;
    -*) usage "unknown option $1" ;;
    *) if [[ -z $dir ]]; then dir=$1; else words+=("$1"); fi ;;
    esac
    shift
done

[[ -n $dir ]] || usage "say where to put the certificates: make-certificates.sh DIR [HOST...]"
is_days "$days" || usage "--days takes a number of days from 1, not '$days'"
is_days "$ca_days" || usage "--ca-days takes a number of days from 1, not '$ca_days'"
is_name "$client_name" || usage "--client-name '$client_name' is no name"
[[ -z $service_names ]] || alternative_names "$service_names" >/dev/null
if [[ -z $group && $EUID = 0 ]] && getent group precache >/dev/null; then group=precache; fi
[[ -z $group ]] || getent group "$group" >/dev/null || usage "there is no group '$group' on this machine"
[[ $(openssl version 2>/dev/null) =~ ^OpenSSL\ ([3-9]|[1-9][0-9])\. ]] || fail "OpenSSL 3.0 or newer is needed"
for word in ${words[@]+"${words[@]}"}; do take_host "$word"; done
if [[ -n $hosts_from ]]; then
    [[ $hosts_from = - ]] && hosts_from=/dev/stdin
    [[ -r $hosts_from ]] || fail "cannot read $hosts_from"
    while read -r line || [[ -n $line ]]; do
        line=${line%%#*}
        line=${line//[[:space:]]/}
        [[ -z $line ]] || take_host "$line"
    done <"$hosts_from"
fi

# Two runs at once would each make a CA; the second waits for the first.
{ mkdir -p "$dir" && exec 9<"$dir" && flock 9; } || fail "cannot make $dir, or not enter it"
if [[ $all_hosts = yes && ${#hosts[@]} -eq 0 ]]; then
    for certificate in "$dir"/agents/*.pem; do
        [[ ! -e $certificate ]] || take_host "$(basename "$certificate" .pem)"
    done
fi
# All that is there is looked at before anything is changed: the CA's key only where it will make something.
making=no signer=""
[[ ! -e $dir/ca.pem ]] || look_at "$dir/ca.pem" "put a copy in its place: every host has one" >/dev/null
{ keeps "$renew_service" service && keeps "$renew_service" service-client; } || making=yes
for entry in ${hosts[@]+"${hosts[@]}"}; do keeps "$renew_hosts" "agents/${entry%%=*}" || making=yes; done
if [[ $making = yes ]]; then
    [[ -e $dir/ca.key || ! -e $dir/ca.pem ]] ||
        fail "$dir/ca.key is not there: without it no certificate can be made. Run this where the CA was made"
    [[ ! -e $dir/ca.key ]] || public=$(look_at "$dir/ca.key" "put its backup in its place, or make a new CA in another folder \
and roll it out" "run this at a terminal, where OpenSSL asks for it")
    [[ ! -e $dir/ca.pem ]] || signer=$(authority_of "$public") ||
        refuse "$dir/ca.key is not the key of $dir/ca.pem" "put back the one that was replaced: every host has the right ca.pem"
    [[ -z $signer && $days -le $ca_days ]] || openssl x509 -noout -checkend $((days * 86400 - 3600)) <<<"$signer" &>/dev/null ||
        fail "the CA ends in less than $days days; take fewer --days, or make a new CA in another folder and roll it out"
fi
look_at_leaf "$renew_service" service "$service_names" "--service-names"
look_at_leaf "$renew_service" service-client "$client_name" "the same --client-name"
for entry in ${hosts[@]+"${hosts[@]}"}; do
    host=${entry%%=*}
    # As take_host has it: the name, and the addresses after it if some were given.
    look_at_leaf "$renew_hosts" "agents/$host" "${entry#"$host=$host"}" "$host=ADDRESS if it had addresses"
done
chmod o-rwx "$dir"
# The service reads no key of an agent's: who has broken into it is to find none here.
install -d -m 700 "$dir/agents"
scratch=$(mktemp -d "$dir/.new.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
printf '[req]\ndistinguished_name = name\n[name]\n' >"$scratch/openssl.cnf"
make_authority
echo "${signer:-$(<"$dir/ca.pem")}" >"$scratch/signer.pem"
if [[ -z $service_names && -e $dir/service.pem ]]; then
    service_names=$(names_of "$dir/service.pem")
elif [[ -z $service_names ]]; then
    service_names="$(hostname -f 2>/dev/null || hostname),$(hostname),localhost,127.0.0.1,::1"
fi
make_leaf "$renew_service" service "${service_names%%,*}" serverAuth "$service_names"
make_leaf "$renew_service" service-client "$client_name" clientAuth "$client_name"
for entry in ${hosts[@]+"${hosts[@]}"}; do
    host=${entry%%=*}
    host_names=${entry#*=}
    if [[ $host_names = "$host" && -e $dir/agents/$host.pem ]]; then host_names=$(names_of "$dir/agents/$host.pem"); fi
    make_leaf "$renew_hosts" "agents/$host" "$host" serverAuth,clientAuth "$host_names"
done
for key in "$dir"/agents/*.key; do [[ ! -e $key ]] || chmod 600 "$key"; done
if [[ -n $group ]]; then
    chgrp "$group" "$dir" "$dir/service.key" "$dir/service-client.key"
    chmod g+rX "$dir" "$dir/service.key" "$dir/service-client.key"
fi
