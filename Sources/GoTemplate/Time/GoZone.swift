/// A time zone: Go's `time.Location`.
///
/// This module reads no files, so it knows universal time and fixed offsets only; the host makes other zones from the
/// rules that it has.
public struct GoZone: Sendable {
    /// An abbreviation such as `CET`, and the seconds east of Greenwich.
    public typealias Offset = (abbreviation: String, seconds: Int)

    /// The name, such as `Europe/Berlin`.
    public let name: String
    /// What holds at a moment, given in seconds since 1970.
    public let offset: @Sendable (Int64) -> Offset

    /// Makes a zone from rules that the host knows.
    public init(name: String, offset: @escaping @Sendable (Int64) -> Offset) {
        self.name = name
        self.offset = offset
    }

    /// Universal time.
    public static let utc = GoZone(name: "UTC") { _ in ("UTC", 0) }

    /// A zone that has the same offset at all times.
    public static func fixed(name: String, seconds: Int) -> GoZone { GoZone(name: name) { _ in (name, seconds) } }
}

extension GoZone: GoObject {
    /// `time.Location`
    public var typeName: String { "time.Location" }
    /// True: Go passes locations by pointer.
    public var isPointer: Bool { true }
    /// The name.
    public func text() -> GoString? { GoString(name) }
    /// The method `String`.
    public func method(_ name: String) -> GoFunction? {
        guard name == "String" else { return nil }
        return GoFunction([], returns: .string) { _ in .text(self.name) }
    }
    /// Whether the names are equal.
    public func isEqual(to other: any GoObject) -> Bool { (other as? GoZone)?.name == name }
}
