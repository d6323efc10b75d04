#!/bin/sh
# Builds a Debian package of a program that is already built.
#
#   Packaging/debian/build.sh [--allow-shared-swift] PROGRAM [DIRECTORY]
#
# PROGRAM is the file that `swift build -c release --product ktsdb --static-swift-stdlib` makes; the package is written
# into DIRECTORY, by default the current one. The program describes itself: its version, its manual and its completions
# come from it. With --allow-shared-swift, a program is taken that needs Swift's shared libraries, which the package
# does not have.
set -eu

fail() {
    echo "build.sh: $1" >&2
    exit 1
}

shared=no
if [ "${1:-}" = --allow-shared-swift ]; then
    shared=yes
    shift
fi
[ $# -ge 1 ] && [ $# -le 2 ] || fail "usage: build.sh [--allow-shared-swift] PROGRAM [DIRECTORY]"
program=$1
directory=${2:-.}
[ -x "$program" ] || fail "$program is not a program; build it with swift build -c release --product ktsdb --static-swift-stdlib"
if [ $shared = no ] && ldd "$program" 2>/dev/null | grep -q 'libswift'; then
    fail "$program needs Swift's shared libraries; build it with --static-swift-stdlib"
fi

here=$(cd "$(dirname "$0")" && pwd)
version=$("$program" --version | sed -n '1s/^ktsdb, version //p')
[ -n "$version" ] || fail "$program does not say its version"
architecture=$(dpkg --print-architecture)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 0755 "$root"

install -D -m 0755 "$program" "$root/usr/bin/ktsdb"
[ "${KTSDB_STRIP:-yes}" = no ] || strip --strip-unneeded "$root/usr/bin/ktsdb" 2>/dev/null || true
install -D -m 0644 "$here/../systemd/ktsdb.service" "$root/lib/systemd/system/ktsdb.service"
install -D -m 0644 "$here/../systemd/ktsdb.default" "$root/etc/default/ktsdb"
install -D -m 0644 "$here/prometheus.yml" "$root/etc/ktsdb/prometheus.yml"

install -d "$root/usr/share/man/man1"
"$program" manual --directory "$root/usr/share/man/man1"
gzip -9n "$root"/usr/share/man/man1/*.1
install -d "$root/usr/share/bash-completion/completions" "$root/usr/share/zsh/vendor-completions" \
    "$root/usr/share/fish/vendor_completions.d"
"$program" completion bash >"$root/usr/share/bash-completion/completions/ktsdb"
"$program" completion zsh >"$root/usr/share/zsh/vendor-completions/_ktsdb"
"$program" completion fish >"$root/usr/share/fish/vendor_completions.d/ktsdb.fish"

documents="$root/usr/share/doc/ktsdb"
install -D -m 0644 "$here/../../LICENSE" "$documents/copyright"
install -m 0644 "$here/../../README.md" "$documents/README.md"
gzip -9nc "$here/../../CHANGELOG.md" >"$documents/changelog.gz"
chmod -R u=rwX,go=rX "$root"
chmod 0640 "$root/etc/default/ktsdb"

install -d "$root/DEBIAN"
for script in postinst prerm postrm; do install -m 0755 "$here/$script" "$root/DEBIAN/$script"; done
printf '/etc/default/ktsdb\n/etc/ktsdb/prometheus.yml\n' >"$root/DEBIAN/conffiles"
(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) \
    >"$root/DEBIAN/md5sums"
cat >"$root/DEBIAN/control" <<END
Package: ktsdb
Version: $version
Architecture: $architecture
Maintainer: ${DEBFULLNAME:-the authors of ktsdb} <${DEBEMAIL:-ktsdb@localhost}>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: adduser, libc6 (>= 2.36), zlib1g, libzstd1, libstdc++6
Recommends: ca-certificates
Section: net
Priority: optional
Description: time-series database with the API of Prometheus
 ktsdb scrapes targets, stores samples, answers PromQL, evaluates rules and
 notifies, as Prometheus and Alertmanager do, with their configuration and
 their HTTP API. Its commands are those of promtool and amtool.
END

mkdir -p "$directory"
dpkg-deb --root-owner-group -Zxz --build "$root" "$directory/ktsdb_${version}_$architecture.deb"
