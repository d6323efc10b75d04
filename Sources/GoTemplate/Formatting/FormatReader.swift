/// Reads the parts of a format: numbers, and indexes of arguments in brackets.
struct FormatReader {
    let bytes: [UInt8]
    /// The next byte to be read.
    var index = 0
    /// The argument that comes next.
    var argument = 0
    /// Whether an index in brackets was seen: then unused arguments are not reported.
    var isReordered = false
    /// Whether the indexes of the current verb are good.
    var isGood = true
    /// Whether the last thing read was an index.
    var isAfterIndex = false

    /// The last closing bracket: where none follows, none is searched for again and again.
    private let lastBracket: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        lastBracket = bytes.lastIndex(of: UInt8(ascii: "]")) ?? -1
    }

    var isAtEnd: Bool { index >= bytes.count }

    /// The next byte; nil at the end.
    var peek: UInt8? { isAtEnd ? nil : bytes[index] }

    /// Reads a number; nil without one, or if it is so large that it cannot be meant.
    mutating func number() -> Int? {
        var value: Int?
        while let byte = peek, (0x30...0x39).contains(byte) {
            if Self.isTooLarge(value ?? 0) {
                index = bytes.count
                return nil
            }
            value = (value ?? 0) * 10 + Int(byte - 0x30)
            index += 1
        }
        return value
    }

    /// Reads `[n]`, if it comes next, and makes argument n the next one.
    mutating func argumentIndex(of count: Int) {
        isAfterIndex = false
        guard peek == UInt8(ascii: "[") else { return }
        isReordered = true
        let (number, length) = bracketed()
        index += length
        isAfterIndex = number != nil
        guard let number, (1...max(count, 1)).contains(number), count > 0 else {
            isGood = false
            return
        }
        argument = number - 1
    }

    /// The number in the brackets that begin here, nil if it is malformed, and the length with the brackets. Without a
    /// closing bracket the length is 1.
    private func bracketed() -> (number: Int?, length: Int) {
        guard bytes.count - index >= 3, index < lastBracket, let end = bytes[index...].firstIndex(of: UInt8(ascii: "]"))
        else {
            return (nil, 1)
        }
        var inner = FormatReader(Array(bytes[(index + 1)..<end]))
        let number = inner.number()
        return (inner.isAtEnd ? number : nil, end + 1 - index)
    }

    /// Numbers beyond a million are not taken as a width or a precision.
    static func isTooLarge(_ value: Int) -> Bool { value > 1_000_000 || value < -1_000_000 }
}
