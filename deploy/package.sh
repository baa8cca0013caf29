#!/usr/bin/env bash
# Makes packages for Debian 12 and a tarball for other distributions, with their checksums, of the release programs.
#
#   deploy/package.sh [--programs FOLDER] [--out FOLDER]
#
# Without --programs it builds them (deploy/build.sh). It prints the folder of what it made, .build-packages
# unless --out says another. The version is what the programs say; the same programs and commit make the same bytes.
set -euo pipefail
invoked=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 64
}

programs="" out=.build-packages
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case "$1" in
    --programs) programs=$(cd "$invoked" && realpath "$2") ;;
    --out) out=$(cd "$invoked" && realpath -m "$2") ;;
    *) usage ;;
    esac
    shift 2
done

packages=(precached precache-agent precache)
[ -n "$programs" ] || programs=$(deploy/build.sh "${packages[@]}")
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
version=$("$programs/precached" --version)
for package in "${packages[@]}"; do
    [ "$("$programs/$package" --version)" = "$version" ] || {
        echo "package.sh: $package isn't of version $version, as precached is" >&2
        exit 1
    }
done
# As Debian orders them, a pre-release comes before its release with a tilde alone.
revision=${version/-/\~}-1
architecture=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-Precache maintainers} <${DEBEMAIL:-maintainers@precache.invalid}>"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022

put() {
    install -D -m "$1" "$2" "$3"
}

# A file of the checkout's, as it is; of a page `pages` sees to the links.
ship() {
    local file=$1 place=$2 mode=${3:-644}
    put "$mode" "$file" "$root$place"
    printf '%s\t%s\n' "$file" "$place" >>"$work/$package.places"
}

# All files below a folder of `deploy`.
ship_folder() {
    local folder=$1 place=$2 file
    git ls-files "deploy/$folder" | while read -r file; do
        ship "$file" "$place/${file#"deploy/$folder/"}"
    done
}

pages() {
    [ ! -e "$work/$1.places" ] || python3 deploy/packages/links.py "$2" "$work/$1.places"
}

# What the program really links, in names and versions of this Debian's packages.
libraries() {
    local package=$1 root=$2
    mkdir -p "$work/shlibs/debian"
    printf 'Source: precache\n\nPackage: %s\nArchitecture: any\n' "$package" >"$work/shlibs/debian/control"
    (cd "$work/shlibs" && dpkg-shlibdeps -O -S"$root" "$root/usr/bin/$package") | sed 's/^shlibs:Depends=//'
}

manuals() {
    local program=$1 folder=$2 section=8 file=${settings[$1]:-}
    [ "$program" != precache ] || section=1
    mkdir -p "$folder/man$section"
    python3 deploy/packages/manual.py commands "$section" "$programs/$program" "deploy/packages/$program.examples" \
        >"$folder/man$section/$program.$section"
    [ -n "$file" ] || return 0
    mkdir -p "$folder/man5"
    python3 deploy/packages/manual.py settings "$programs/$program" "$file" "deploy/packages/$program.toml.examples" \
        >"$folder/man5/$program.toml.5"
}

completions() {
    local program=$1 bash=$2 zsh=$3 fish=$4
    mkdir -p "$bash" "$zsh" "$fish"
    "$programs/$program" --generate-completion-script bash | sed '1{/^#!/d}' >"$bash/$program"
    "$programs/$program" --generate-completion-script zsh >"$zsh/_$program"
    "$programs/$program" --generate-completion-script fish >"$fish/$program.fish"
}

# Unit, user, and settings that are the administrator's from then on. The settings file explains nothing itself, so that
# no new explanation makes dpkg ask, on each host, whose file is to stay.
daemon() {
    local package=$1 root=$2 pages
    pages="man:$package(8) man:$package.toml(5) file:/usr/share/doc/$package/README.md"
    mkdir -p "$root/lib/systemd/system"
    sed -e 's|/usr/local/bin/|/usr/bin/|' \
        -e "s|^Documentation=.*|Documentation=$pages|" \
        "deploy/systemd/$package.service" >"$root/lib/systemd/system/$package.service"
    mkdir -p "$root/usr/lib/sysusers.d"
    sed "1s|/etc/sysusers.d/precache.conf|/usr/lib/sysusers.d/$package.conf|" \
        deploy/systemd/precache.sysusers.conf >"$root/usr/lib/sysusers.d/$package.conf"
    chmod 644 "$root/lib/systemd/system/$package.service" "$root/usr/lib/sysusers.d/$package.conf"
    echo "# Settings of $package, a key a line. All keys: man $package.toml, or $package settings" |
        put 640 /dev/stdin "$root${settings[$package]}"
    install -d -m 2750 "$root/etc/precache" "$root/etc/precache/tls"
    for script in postinst prerm postrm; do
        sed -e "s|@PACKAGE@|$package|g" -e "s|@SETTINGS@|${settings[$package]}|" -e "s|@STATE@|${state[$package]:-}|" \
            -e "s|@CACHE@|${cache[$package]:-}|" \
            -e "/^@NEXT@$/{r deploy/packages/$package.next" -e 'd}' "deploy/packages/$script" >"$root/DEBIAN/$script"
        chmod 755 "$root/DEBIAN/$script"
    done
    echo "${settings[$package]}" >"$root/DEBIAN/conffiles"
    ship deploy/README.md "/usr/share/doc/$package/README.md"
    ship README.md "/usr/share/doc/$package/overview.md"
}

extras() {
    local package=$1 root=$2 doc=/usr/share/doc/$1 page folder sample
    case "$package" in
    precached)
        ship deploy/make-certificates.sh /usr/share/precached/make-certificates.sh 755
        printf '%s\n' "# Made at the installation already: tokens are made before the first start, too." \
            "d ${state[precached]} 0700 precache precache -" |
            put 644 /dev/stdin "$root/usr/lib/tmpfiles.d/precached.conf"
        for page in first-fleet controllers proxies capacity; do
            ship "deploy/$page.md" "$doc/$page.md"
        done
        ship_folder ansible /usr/share/precached/ansible
        for folder in grafana openstack prometheus proxies settings; do
            ship_folder "$folder" "$doc/examples/$folder"
        done
        ;;
    precache-agent) ship deploy/settings/agent.toml "$doc/examples/settings/agent.toml" ;;
    precache)
        for sample in inventory policies; do
            ship "deploy/settings/$sample.yaml" "$doc/examples/$sample.yaml"
        done
        ;;
    esac
}

documents() {
    local package=$1 root=$2 doc=$2/usr/share/doc/$1
    put 644 deploy/packages/copyright "$doc/copyright"
    {
        printf 'precache (%s) bookworm; urgency=medium\n\n  * Version %s. %s\n' "$revision" "$version" \
            'What to look at before an upgrade is in README.md.'
        cat deploy/packages/changes
        printf '\n -- %s  %s\n' "$maintainer" "$(date -R -u -d "@$SOURCE_DATE_EPOCH")"
    } |
        gzip -9n >"$doc/changelog.Debian.gz"
    put 644 "deploy/packages/lintian" "$root/usr/share/lintian/overrides/$package"
    find "$root/usr/share/man" -type f -exec gzip -9n {} +
}

control() {
    local package=$1 root=$2 linked
    linked=$(libraries "$package" "$root")
    {
        printf 'Package: %s\nSource: precache\nVersion: %s\nArchitecture: %s\nMaintainer: %s\nPriority: optional\n' \
            "$package" "$revision" "$architecture" "$maintainer"
        echo "Installed-Size: $(du -k -s --apparent-size "$root" | cut -f1)"
        sed "s|@LIBRARIES@|$linked|" "deploy/packages/$package.control"
    } >"$root/DEBIAN/control"
    (cd "$root" && find . -path ./DEBIAN -prune -o -path ./etc -prune -o -type f -printf '%P\0' |
        LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
}

# For dpkg-deb, which takes no time from the clock but those of the files.
aged() {
    find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

declare -A settings=([precached]=/etc/precache/precached.toml [precache-agent]=/etc/precache/agent.toml)
declare -A state=([precached]=/var/lib/precached) cache=([precache-agent]=/var/lib/nova/instances/_base)
mkdir -p "$out"
rm -f "$out"/*.deb "$out"/*.tar.gz "$out/SHA256SUMS"

for package in "${packages[@]}"; do
    root=$work/$package
    mkdir -p "$root/DEBIAN"
    put 755 "$programs/$package" "$root/usr/bin/$package"
    manuals "$package" "$root/usr/share/man"
    completions "$package" "$root/usr/share/bash-completion/completions" "$root/usr/share/zsh/vendor-completions" \
        "$root/usr/share/fish/vendor_completions.d"
    [ -z "${settings[$package]:-}" ] || daemon "$package" "$root"
    extras "$package" "$root"
    pages "$package" "$root"
    documents "$package" "$root"
    control "$package" "$root"
    aged "$root"
    # A level above 2 makes them a tenth smaller and takes three times as long.
    dpkg-deb --build --root-owner-group -Zxz -z2 "$root" "$out/${package}_${revision}_$architecture.deb" >&2
done

# Laid out for the section "Install" of deploy/README.md, manuals and completions beside.
folder=$work/precache-$version
for package in "${packages[@]}"; do
    put 755 "$programs/$package" "$folder/$package"
    manuals "$package" "$folder/man"
    completions "$package" "$folder/completions/bash" "$folder/completions/zsh" "$folder/completions/fish"
done
git ls-files -z deploy ':!deploy/benchmarks' | xargs -0 cp --parents -t "$folder"
put 644 deploy/packages/copyright "$folder/copyright"
aged "$folder"
tar -C "$work" --sort=name --mode=u=rwX,go=rX --owner=0 --group=0 --numeric-owner --format=gnu \
    -cf - "precache-$version" |
    gzip -n >"$out/precache-$version-linux-$(uname -m).tar.gz"
(cd "$out" && sha256sum -- *.deb *.tar.gz >SHA256SUMS)
echo "$out"
