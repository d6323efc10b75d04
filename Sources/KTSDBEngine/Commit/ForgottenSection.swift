/// The FORGOTTEN section of a frame: numbers of series whose newest sample no longer counts.
enum ForgottenSection {
    /// Appends the section with its kind and length. Without series, it appends nothing.
    static func encode(_ numbers: [UInt64], into buffer: inout FieldBuffer) {
        guard !numbers.isEmpty else { return }
        var content = FieldBuffer(capacity: numbers.count * 2), last: UInt64 = 0
        content.append(varint: UInt64(numbers.count))
        for number in numbers {
            content.append(zigzag: Int64(bitPattern: number &- last))
            last = number
        }
        buffer.append(.forgotten, content)
    }

    /// Reads the section; false if it is malformed.
    static func decode(_ body: RawSpan, _ section: Range<Int>, into numbers: inout [UInt64]) -> Bool {
        var cursor = FieldCursor(section)
        guard let count = cursor.count(in: body), count > 0 else { return false }
        var number: UInt64 = 0
        for _ in 0..<count {
            guard let step = cursor.zigzag(in: body) else { return false }
            number &+= UInt64(bitPattern: step)
            numbers.append(number)
        }
        return cursor.remaining == 0
    }
}
