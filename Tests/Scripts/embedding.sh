#!/usr/bin/env bash
# A package that depends on the library alone, with `traits: []`, must fetch no other package and link no NIO.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The README shows the example as it is built here.
example=$(sed -n '/static func main/,/^    }$/p' "$root/Examples/Embedding.swift" | sed '1d;$d' | sed 's/^        //')
if [[ "$(<"$root/README.md")" != *"$example"* ]]; then
    echo "embedding: README.md does not contain the code of Examples/Embedding.swift." >&2
    exit 1
fi

# The package as others get it: a repository with a version.
git clone -q "$root" "$work/ktsdb"
(cd "$root" && git ls-files -z --cached --others --exclude-standard) | (cd "$root" && xargs -0 -I{} cp --parents {} "$work/ktsdb" 2>/dev/null || true)
git -C "$work/ktsdb" add -A
git -C "$work/ktsdb" -c user.name=test -c user.email=test@localhost commit -q --allow-empty -m "as it is"
git -C "$work/ktsdb" tag 99.0.0

mkdir -p "$work/embedding/Sources/Embedding" "$work/embedding/Sources/Alerting"
cat >"$work/embedding/Package.swift" <<MANIFEST
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Embedding",
    dependencies: [.package(url: "file://$work/ktsdb", from: "99.0.0", traits: [])],
    targets: [
        .executableTarget(
            name: "Embedding",
            dependencies: [.product(name: "KTSDB", package: "ktsdb")]),
        .executableTarget(
            name: "Alerting",
            dependencies: [
                .product(name: "KTSDB", package: "ktsdb"), .product(name: "KTSDBRules", package: "ktsdb"),
            ]),
    ])
MANIFEST
for example in Embedding Alerting; do
    cp "$root/Examples/$example.swift" "$work/embedding/Sources/$example/$example.swift"
done

cd "$work/embedding"
swift build 2>&1 | tail -n 5
packages=$(swift package show-dependencies --format flatlist)
if [[ "$packages" != "ktsdb" ]]; then
    echo "embedding: other packages were fetched:" >&2
    echo "$packages" >&2
    exit 1
fi
for example in Embedding Alerting; do
    program="$(swift build --show-bin-path)/$example"
    if nm "$program" 2>/dev/null | grep -q 'NIOCore'; then
        echo "embedding: $example links NIO." >&2
        exit 1
    fi
    timeout 60 "$program"
done
echo "embedding: both examples are built and linked without NIO, and no other package was fetched."
