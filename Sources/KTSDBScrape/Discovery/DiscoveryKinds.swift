/// The kinds of discovery that this version serves, for those who ask.
package enum DiscoveryKinds {
    /// Their names as Prometheus has them: `static`, `file`, `kubernetes`.
    package static let names: [String] = TargetSources.served.map { kind in
        for end in ["_sd_configs", "_configs"] where kind.key.hasSuffix(end) {
            return String(kind.key.dropLast(end.count))
        }
        return kind.key
    }
}
