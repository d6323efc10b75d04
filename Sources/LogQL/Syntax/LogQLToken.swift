/// A token of a query, and where it is.
struct LogQLToken {
    /// What it is.
    var kind: LogQLTokenKind
    /// The place of its first byte in the text.
    var offset: Int
    /// Whether it took more than its first character to know what it is. Loki's messages then say line 0.
    var isScannedAhead = false
    /// What it says.
    var value = Value.nothing

    /// What a token says besides its kind.
    enum Value {
        case nothing
        /// A name or a number as written, a flag without its dashes, or what is wrong.
        case text(String)
        /// A string without quotes and escapes. It need not be UTF-8.
        case bytes([UInt8])
        case nanoseconds(Int64)
        case size(UInt64)
    }

    /// A name or a number as written; what is wrong with a malformed token.
    var text: String {
        if case .text(let text) = value { text } else { "" }
    }

    /// The bytes of a string.
    var bytes: [UInt8] {
        if case .bytes(let bytes) = value { bytes } else { [] }
    }

    /// The text of a string; bytes that are not UTF-8 become U+FFFD.
    var string: String { String(decoding: bytes, as: UTF8.self) }

    /// The length of a duration or of a range.
    var nanoseconds: Int64 {
        if case .nanoseconds(let nanoseconds) = value { nanoseconds } else { 0 }
    }
}
