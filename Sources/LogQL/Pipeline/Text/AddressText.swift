/// Addresses of IP version 4 and 6 in texts.
struct AddressText: Hashable, Comparable, Sendable {
    /// Whether the version is 4. An address of version 6 that contains one of version 4 is of version 6.
    let isVersion4: Bool
    /// The value: 32 bits or 128.
    let value: UInt128

    /// How many bits the version has.
    var width: Int { isVersion4 ? 32 : 128 }

    static func < (left: AddressText, right: AddressText) -> Bool {
        (left.isVersion4 ? 0 : 1, left.value) < (right.isVersion4 ? 0 : 1, right.value)
    }

    init(isVersion4: Bool, value: UInt128) {
        self.isVersion4 = isVersion4
        self.value = value
    }

    /// Reads a whole text: `192.168.0.1`, `2001:db8::1`, `::ffff:10.0.0.1`; nil if it is not an address.
    init?(_ text: Span<UInt8>) {
        var hasColon = false
        for index in text.indices where text[index] == UInt8(ascii: ":") { hasColon = true }
        guard hasColon else {
            guard let value = Self.version4(text) else { return nil }
            self.init(isVersion4: true, value: UInt128(value))
            return
        }
        guard let value = Self.version6(text) else { return nil }
        self.init(isVersion4: false, value: value)
    }

    /// Four numbers up to 255 without zeros in front.
    private static func version4(_ text: Span<UInt8>) -> UInt32? {
        var value: UInt32 = 0, part: UInt32 = 0, digits = 0, parts = 0
        for index in 0...text.count {
            if index == text.count || text[index] == UInt8(ascii: ".") {
                guard digits > 0, parts < 4 else { return nil }
                value = value << 8 | part
                parts += 1
                (part, digits) = (0, 0)
                continue
            }
            guard LabelNameText.isDigit(text[index]), digits == 0 || part > 0 else { return nil }
            part = part * 10 + UInt32(text[index] - UInt8(ascii: "0"))
            digits += 1
            guard part < 256 else { return nil }
        }
        return parts == 4 ? value : nil
    }

    /// Eight groups of up to four digits; `::` is any number of groups that are 0, and the last two groups may be an
    /// address of version 4.
    private static func version6(_ text: Span<UInt8>) -> UInt128? {
        var groups: [UInt16] = []
        var gap: Int?
        var index = 0
        if text.count >= 2, text[0] == UInt8(ascii: ":"), text[1] == UInt8(ascii: ":") {
            gap = 0
            index = 2
        }
        while index < text.count {
            let start = index
            var value: UInt32 = 0
            while index < text.count, index - start < 5, let digit = hexadecimal(text[index]) {
                value = value << 4 | digit
                index += 1
            }
            guard index > start, index - start < 5 else { return nil }
            if index < text.count, text[index] == UInt8(ascii: ".") {
                guard groups.count <= 6, let inner = version4(text.extracting(start..<text.count)) else { return nil }
                groups += [UInt16(inner >> 16), UInt16(truncatingIfNeeded: inner)]
                index = text.count
                break
            }
            groups.append(UInt16(value))
            guard groups.count <= 8 else { return nil }
            if index == text.count { break }
            guard text[index] == UInt8(ascii: ":"), index + 1 < text.count else { return nil }
            index += 1
            if text[index] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups.count
                index += 1
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        return groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
