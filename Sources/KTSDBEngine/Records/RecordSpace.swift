/// Names a part of a database's records: those of one feature, which need not know about those of others.
public struct RecordSpace: Hashable, Sendable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The space's name.
    public let name: String

    /// Creates the space with this name.
    public init(_ name: String) { self.name = name }
    /// Creates the space with this name.
    public init(stringLiteral name: String) { self.name = name }

    /// Whether the name begins with `ktsdb.`: the records of ktsdb's own features.
    public var isReserved: Bool { name.hasPrefix("ktsdb.") }

    /// The space's name.
    public var description: String { name }
    /// Whether one name comes before the other.
    public static func < (left: RecordSpace, right: RecordSpace) -> Bool { left.name < right.name }
}
