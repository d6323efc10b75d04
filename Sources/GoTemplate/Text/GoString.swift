/// Text as Go has it: any bytes, by convention UTF-8.
///
/// A template may cut a text within a character, or write a byte that no character begins with. Such bytes pass through
/// unchanged to the output.
public struct GoString: Hashable, Sendable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The bytes of the text.
    public var bytes: [UInt8]

    /// Makes a text of any bytes.
    public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// Makes a text of `text`'s UTF-8.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// Makes a text of a literal's UTF-8.
    public init(stringLiteral text: String) { self.init(text) }

    /// The text with U+FFFD for what is not UTF-8.
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    /// The number of bytes.
    public var count: Int { bytes.count }

    /// Compares byte by byte.
    public static func < (left: GoString, right: GoString) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
