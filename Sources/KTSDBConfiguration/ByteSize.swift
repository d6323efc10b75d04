/// Sizes in Prometheus' notation: `10MB`, `1GiB`, `1GB512MB`. All units are powers of 1024, and one size spells them
/// all the same way.
package enum ByteSize {
    private static let prefixes: [Character] = ["K", "M", "G", "T", "P", "E"]

    /// Returns the number of bytes that `text` gives, or nil. `0` needs no unit, and a size may begin with a sign. A
    /// number that is slightly too large becomes the largest possible one.
    package static func parse(_ text: String) -> Int? {
        var size = text[...]
        let isNegative = size.first == "-"
        if isNegative || size.first == "+" { size.removeFirst() }
        if size == "0" { return 0 }
        guard !size.isEmpty, let bytes = sum(size, infix: "i") ?? sum(size, infix: "") else { return nil }
        return isNegative ? -bytes : bytes
    }

    private static func sum(_ text: Substring, infix: String) -> Int? {
        var rest = text
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            let unit = rest.dropFirst(number.count).prefix { !("0"..."9").contains($0) && $0 != "." }
            guard let value = Double(number), let factor = factor(of: unit, infix: infix) else { return nil }
            total += value * factor
            rest = rest.dropFirst(number.count + unit.count)
        }
        return total <= 0x1p63 ? Int(exactly: total.rounded(.towardZero)) ?? .max : nil
    }

    /// Formats `bytes` in the largest unit that leaves no remainder.
    package static func format(_ bytes: Int) -> String {
        var value = bytes
        var unit = "B"
        for prefix in prefixes where value > 0 && value % 1024 == 0 {
            value /= 1024
            unit = "\(prefix)iB"
        }
        return "\(value)\(unit)"
    }

    private static func factor(of unit: Substring, infix: String) -> Double? {
        if unit == "B" { return 1 }
        guard let first = unit.first, let power = prefixes.firstIndex(of: first) else { return nil }
        guard unit.dropFirst() == infix + "B" else { return nil }
        return Double(1 << (10 * (power + 1)))
    }
}
