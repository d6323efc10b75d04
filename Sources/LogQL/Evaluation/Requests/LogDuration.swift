/// Durations in the parameters of requests and in messages, in nanoseconds.
public enum LogDuration {
    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("y", 365 * 86_400_000_000_000), ("w", 7 * 86_400_000_000_000), ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
    ]

    /// Returns the duration that `text` gives as whole numbers with units from the largest to the smallest, such as
    /// `1d12h` or `1500ms`, or as seconds, such as `0.5`; nil if it is neither, or too long.
    public static func parse(_ text: String) -> Int64? {
        if let seconds = seconds(text) { return seconds }
        var bytes = text.utf8[...], total: Int64 = 0, rest = units[...]
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative { bytes.removeFirst() }
        if bytes.isEmpty { return nil }
        while !bytes.isEmpty {
            let digits = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            bytes = bytes[digits.endIndex...]
            let name = bytes.prefix { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            bytes = bytes[name.endIndex...]
            guard let number = Int64(String(Substring(digits))),
                let place = rest.firstIndex(where: { $0.name.utf8.elementsEqual(name) })
            else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: rest[place].nanoseconds)
            let (sum, overflowed) = total.addingReportingOverflow(product)
            guard !overflow, !overflowed else { return nil }
            total = sum
            rest = rest[(place + 1)...]
        }
        return isNegative ? -total : total
    }

    /// Returns a number of seconds, which may have a fraction, in nanoseconds; nil if it is something else.
    private static func seconds(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
            let seconds = Double(text)
        else { return nil }
        return Int64(exactly: (seconds * 1e9).rounded(.toNearestOrAwayFromZero))
    }

    /// Returns a duration with units from the largest to the smallest, such as `30d1h`; below a millisecond it is cut.
    public static func text(_ nanoseconds: Int64) -> String {
        var rest = nanoseconds.magnitude / 1_000_000
        guard rest > 0 else { return "0s" }
        var text = nanoseconds < 0 ? "-" : ""
        for unit in units {
            let milliseconds = UInt64(unit.nanoseconds / 1_000_000)
            // Weeks and years are written only if nothing remains, so that "30d1h" is not "4w2d1h".
            if ["y", "w"].contains(unit.name), rest % milliseconds != 0 { continue }
            guard rest >= milliseconds else { continue }
            text += "\(rest / milliseconds)\(unit.name)"
            rest %= milliseconds
        }
        return text
    }
}
