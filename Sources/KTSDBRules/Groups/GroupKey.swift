internal import KTSDBModel

/// A group's identity: its file and its name.
public struct GroupKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The path of the rule file.
    public var file: String
    /// The group's name.
    public var name: String

    /// Creates a key.
    public init(file: String, name: String) {
        self.file = file
        self.name = name
    }

    /// `file;name`, the label `rule_group` of Prometheus' metrics.
    public var description: String { file + ";" + name }

    /// The order of the API: by file, then by name.
    public static func < (left: GroupKey, right: GroupKey) -> Bool {
        left.file.utf8.elementsEqual(right.file.utf8)
            ? left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
            : left.file.utf8.lexicographicallyPrecedes(right.file.utf8)
    }

    /// Returns how long after whole multiples of its interval a group with this key is evaluated, so that groups do not
    /// all run at once: a hash of the key modulo the interval. It is the same after each restart, and the same as in
    /// Prometheus 2.42.
    ///
    /// - Precondition: `interval` is at least a nanosecond.
    public func offset(in interval: Duration) -> Duration {
        precondition(interval.nanoseconds > 0, "A group's interval is positive, not \(interval).")
        var bytes: [UInt8] = []
        for text in ["file", file, "name", name] { bytes += Array(text.utf8) + [0xff] }
        let hash = XXHash64.hash(bytes.span.rawBytes)
        return .nanoseconds(Int64(hash % UInt64(interval.nanoseconds)))
    }
}
