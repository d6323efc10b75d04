internal import KTSDBModel

/// `ip("…")`: whether a text contains an address of a range.
struct AddressFilter: Sendable {
    private let range: ClosedRange<AddressText>

    /// Reads an address, a range `first-last`, or a block `10.0.0.0/8`.
    /// - Throws: that the pattern is invalid.
    init(_ pattern: String) throws(StageProblem) {
        guard let range = Self.range(Array(pattern.utf8)) else {
            throw StageProblem("ip: invalid pattern: \(goQuoted(pattern))")
        }
        self.range = range
    }

    private static func range(_ pattern: [UInt8]) -> ClosedRange<AddressText>? {
        if let dash = pattern.firstIndex(of: UInt8(ascii: "-")) {
            guard let first = AddressText(pattern.span.extracting(..<dash)),
                let last = AddressText(pattern.span.extracting((dash + 1)...)),
                first.isVersion4 == last.isVersion4, first <= last
            else { return nil }
            return first...last
        }
        guard let slash = pattern.firstIndex(of: UInt8(ascii: "/")) else {
            return AddressText(pattern.span).map { $0...$0 }
        }
        let digits = String(decoding: pattern[(slash + 1)...], as: UTF8.self)
        guard let address = AddressText(pattern.span.extracting(..<slash)), let bits = UInt8(digits),
            String(bits) == digits, Int(bits) <= address.width
        else { return nil }
        let host = bits == 0 ? UInt128.max : (1 << UInt128(address.width - Int(bits))) - 1
        let mask = address.isVersion4 ? host & 0xFFFF_FFFF : host
        return AddressText(
            isVersion4: address.isVersion4, value: address.value & ~mask)...AddressText(
                isVersion4: address.isVersion4, value: address.value | mask)
    }

    /// Whether any address in the text is in the range.
    func matches(_ text: Span<UInt8>) -> Bool {
        var index = 0
        while index < text.count {
            let isVersion4 = Self.mayBeVersion4(text, at: index)
            guard isVersion4 || Self.mayBeVersion6(text, at: index) else {
                index += 1
                continue
            }
            var end = index
            while end < text.count, Self.isAddressByte(text[end], isVersion4) { end += 1 }
            if let address = AddressText(text.extracting(index..<end)), range.contains(address) { return true }
            index = end
        }
        return false
    }

    private static func isAddressByte(_ byte: UInt8, _ isVersion4: Bool) -> Bool {
        byte == UInt8(ascii: ".") || LabelNameText.isDigit(byte)
            || !isVersion4 && (byte == UInt8(ascii: ":") || AddressText.hexadecimal(byte) != nil)
    }

    /// Whether there is a digit, and a point within the next three bytes.
    private static func mayBeVersion4(_ text: Span<UInt8>, at index: Int) -> Bool {
        guard LabelNameText.isDigit(text[index]) else { return false }
        for next in (index + 1)..<max(index + 1, min(index + 4, text.count)) {
            if text[next] == UInt8(ascii: ".") { return true }
            guard LabelNameText.isDigit(text[next]) else { return false }
        }
        return false
    }

    /// Whether there are at most four digits and a colon.
    private static func mayBeVersion6(_ text: Span<UInt8>, at index: Int) -> Bool {
        for next in index..<min(index + 5, text.count) {
            if text[next] == UInt8(ascii: ":") { return true }
            guard AddressText.hexadecimal(text[next]) != nil else { return false }
        }
        return false
    }
}
