internal import KTSDBModel

/// Searches lines for a text.
///
/// The C library finds the text's rarest byte many bytes at a time; only where it is are the others compared. Which
/// bytes are rare is known of logs in general.
struct LiteralSearch: Sendable {
    /// The text.
    let text: [UInt8]
    /// The place of the rarest byte.
    private let rarePlace: Int
    private let rareByte: UInt8

    init(_ text: [UInt8]) {
        self.text = text
        rarePlace = text.indices.min { Self.frequency(text[$0]) < Self.frequency(text[$1]) } ?? 0
        rareByte = text.isEmpty ? 0 : text[rarePlace]
    }

    /// Returns where the text is first in `bytes` at or after `start`; nil if it is not there.
    func first(in bytes: Span<UInt8>, from start: Int = 0) -> Int? {
        guard !text.isEmpty else { return start }
        let raw = bytes.rawBytes
        let last = bytes.count - text.count
        var place = start
        while place <= last, let rare = raw.offset(of: rareByte, from: place + rarePlace) {
            place = rare - rarePlace
            guard place <= last else { return nil }
            if bytes.isEqual(at: place, to: text.span, at: 0, count: text.count) { return place }
            place += 1
        }
        return nil
    }

    /// How frequent a byte is in logs, roughly: the classes are ordered, and letters by their frequency in English.
    private static func frequency(_ byte: UInt8) -> Int {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\""), UInt8(ascii: "0"), UInt8(ascii: "1"), UInt8(ascii: "2"): 60
        case UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "/"):
            50
        case UInt8(ascii: "3")...UInt8(ascii: "9"): 45
        case UInt8(ascii: "a")...UInt8(ascii: "z"): letters[Int(byte - UInt8(ascii: "a"))]
        case UInt8(ascii: "_"): 30
        case 0xE0...0xEF: 30
        case 0x80...0xBF: 20
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): 12
        default: 5
        }
    }

    private static let letters = [
        48, 20, 38, 36, 58, 22, 24, 26, 48, 3, 10, 38, 28, 46, 46, 30, 4, 46, 46, 54, 32, 14, 14, 8, 14, 4,
    ]
}
