internal import KTSDBModel

/// The labels of a discovered target under construction, all of which begin with `__meta_` and a prefix.
struct MetaLabels {
    private let prefix: String
    private var builder = LabelsBuilder()

    /// Creates labels whose names begin with `__meta_` and `mechanism`, such as `kubernetes_`.
    init(_ mechanism: String) { prefix = "__meta_\(mechanism)" }

    /// Sets a label; an empty value or nil removes it.
    mutating func set(_ name: String, _ value: String?) { builder.set(prefix + name, value ?? "") }

    mutating func set(_ name: String, _ value: Bool?) { set(name, value.map { $0 ? "true" : "false" }) }

    /// Sets a label for each value. Its name is `name` followed by the value's own name, with underscores for
    /// characters that classic label names may not have.
    mutating func set(_ name: String, each values: [(name: String, value: String)]) {
        for (key, value) in values { set(name + Self.sanitized(key), value) }
    }

    /// Sets a label of exactly this name.
    mutating func set(exactly name: String, _ value: String) { builder.set(name, value) }

    /// Returns a group with one target; nil if one of its labels is longer than any label may be.
    func group(_ address: String) -> TargetGroup? {
        guard let labels = try? builder.build() else { return nil }
        return TargetGroup(addresses: [address], labels: labels)
    }

    /// Returns `name` with every character replaced by an underscore that is not an ASCII letter, a digit or an
    /// underscore.
    static func sanitized(_ name: String) -> String {
        var result = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_": result.unicodeScalars.append(scalar)
            default: result += "_"
            }
        }
        return result
    }
}
