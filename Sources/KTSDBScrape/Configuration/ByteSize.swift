/// Sizes as Prometheus writes them: `10MB`, `1GiB`, `1GB512MB`; all units are powers of 1024.
package enum ByteSize {
    private static let prefixes: [Character] = ["K", "M", "G", "T", "P", "E"]

    /// The number of bytes that `text` names, or nil. `0` needs no unit.
    package static func parse(_ text: String) -> Int? {
        if text == "0" { return 0 }
        guard !text.isEmpty else { return nil }
        var rest = Substring(text)
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            let unit = rest.dropFirst(number.count).prefix { !("0"..."9").contains($0) && $0 != "." }
            guard let value = Double(number), let factor = factor(of: unit) else { return nil }
            total += value * factor
            rest = rest.dropFirst(number.count + unit.count)
        }
        return total < 0x1p62 ? Int(total) : nil
    }

    /// `bytes` in the largest unit that leaves no rest.
    package static func format(_ bytes: Int) -> String {
        var value = bytes
        var unit = "B"
        for prefix in prefixes where value > 0 && value % 1024 == 0 {
            value /= 1024
            unit = "\(prefix)iB"
        }
        return "\(value)\(unit)"
    }

    private static func factor(of unit: Substring) -> Double? {
        if unit == "B" { return 1 }
        guard let first = unit.first, let power = prefixes.firstIndex(of: first) else { return nil }
        guard ["B", "iB"].contains(unit.dropFirst()) else { return nil }
        return Double(1 << (10 * (power + 1)))
    }
}
