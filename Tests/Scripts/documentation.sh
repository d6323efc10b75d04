#!/usr/bin/env bash
# Builds the libraries' documentation from what `swift build --build-tests` has built; a warning is a failure.
# Usage: documentation.sh [BUILD-DIRECTORY] [OUTPUT-DIRECTORY]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-$root/.build}
output=${2:-$build/documentation}
graphs=$(mktemp -d)
trap 'rm -rf "$graphs"' EXIT

target=$(swift -print-target-info | sed -n 's/.*"unversionedTriple" *: *"\(.*\)".*/\1/p' | head -n 1)
products=$build/debug
for module in KTSDB KTSDBEngine KTSDBModel PromQL KTSDBRules KTSDBFoundation; do
    swift symbolgraph-extract -module-name "$module" -I "$products/Modules" -target "$target" \
        -Xcc "-fmodule-map-file=$products/CKernels.build/module.modulemap" \
        -minimum-access-level public -skip-synthesized-members -output-dir "$graphs" >/dev/null
    mkdir -p "$graphs/$module" && mv "$graphs/$module"*.symbols.json "$graphs/$module/"
done
mkdir -p "$output"
dependencies=()
for module in KTSDBModel KTSDBEngine PromQL KTSDBRules KTSDBFoundation KTSDB; do
    catalog=()
    if [[ $module == KTSDB ]]; then catalog=("$root/Sources/KTSDB/KTSDB.docc"); fi
    docc convert "${catalog[@]}" --fallback-display-name "$module" --fallback-bundle-identifier "$module" \
        --additional-symbol-graph-dir "$graphs/$module" --output-path "$output/$module.doccarchive" \
        --enable-experimental-external-link-support "${dependencies[@]}" --warnings-as-errors
    dependencies+=(--dependency "$output/$module.doccarchive")
done
echo "documentation: $output"
