/// A problem with a message, and the status with which a server answers it.
package struct HTTPProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The status code.
    package var status: Int
    /// What is wrong, without the status.
    package var description: String

    package init(_ status: Int, _ description: String) {
        self.status = status
        self.description = description
    }

    static func malformed(_ description: String) -> HTTPProblem { HTTPProblem(400, description) }

    /// The other side closed the connection in the middle of a message.
    package static let cutOff = HTTPProblem(400, "the connection was closed before the end of the message")
}

/// The bytes that the syntax of messages is made of.
enum ASCII {
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let blank = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")
    static let colon = UInt8(ascii: ":")

    static func isBlank(_ byte: UInt8) -> Bool { byte == blank || byte == tab }

    /// Returns whether `byte` may be part of a token (RFC 9110, 5.6.2): a method, the name of a field.
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// Returns whether `byte` may be part of the value of a field.
    static func isFieldValue(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7f || byte == tab }

    static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes.drop(while: isBlank)
        while let last = bytes.last, isBlank(last) { bytes.removeLast() }
        return bytes
    }

    /// Returns whether `text` equals `lowercase`, ignoring the case of ASCII letters.
    static func equals(_ text: some StringProtocol, _ lowercase: StaticString) -> Bool {
        let lower = lowercase.description.utf8
        return text.utf8.count == lower.count
            && zip(text.utf8, lower).allSatisfy { ($0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0) == $1 }
    }
}
