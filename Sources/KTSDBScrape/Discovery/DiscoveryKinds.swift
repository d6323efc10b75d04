/// The kinds of discovery that this version serves, for commands and pages that list them.
package enum DiscoveryKinds {
    /// Their names in Prometheus, such as `static`, `file` or `kubernetes`.
    package static let names: [String] = TargetSources.served.map { kind in
        for end in ["_sd_configs", "_configs"] where kind.key.hasSuffix(end) {
            return String(kind.key.dropLast(end.count))
        }
        return kind.key
    }
}
