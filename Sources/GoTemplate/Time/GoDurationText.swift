/// Durations in Go's notation: `1h15m30.918s`, `500ms`.
package enum GoDurationText {
    private static let units: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
    ]

    /// Reads a duration; nil if the text is malformed, or it is over 2^63 nanoseconds.
    package static func parse(_ text: String) -> Duration? {
        var rest = text.unicodeScalars[...]
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        if rest.elementsEqual("0".unicodeScalars) { return .zero }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
            rest = rest.dropFirst(letters.count)
            let number = String(digits)
            guard number != ".", let unit = units[String(letters)],
                let count = Double("0" + number + (number.hasSuffix(".") ? "0" : ""))
            else { return nil }
            total += count * unit
        }
        guard total < 0x1p63 else { return nil }
        return .nanoseconds(Int64(isNegative ? -total : total))
    }
}
