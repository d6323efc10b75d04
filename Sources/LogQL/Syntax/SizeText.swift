internal import KTSDBModel

/// Numbers of bytes as queries write them.
enum SizeText {
    /// The value of `1.5` and `MiB`; nil if the unit does not exist, or over 2^64 - 1 bytes.
    ///
    /// `kB` and `KB` are 1,000 bytes, `KiB` is 1,024; the `B` may be left out. Parts of a byte are cut off.
    static func value(number: String, unit: String) -> UInt64? {
        guard let factor = factor(unit), let count = NumberText.value(number) else { return nil }
        let size = count * factor
        return size < 0x1p64 ? UInt64(size) : nil
    }

    private static func factor(_ unit: String) -> Double? {
        var letters = unit.lowercased()[...]
        if letters == "b" { return 1 }
        if letters.last == "b" { letters.removeLast() }
        let isBinary = letters.last == "i"
        if isBinary { letters.removeLast() }
        guard letters.count == 1, let power = Array("kmgtp").firstIndex(of: letters[letters.startIndex]) else {
            return nil
        }
        return (0...power).reduce(1) { factor, _ in factor * (isBinary ? 1024 : 1000) }
    }

    /// A text of a number and a unit with a power of 1,000, rounded to two digits where there are not more before the
    /// point: `512B`, `1.6MB`, `10MB`.
    static func text(_ size: UInt64) -> String {
        if size < 10 { return "\(size)B" }
        let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
        var power = 0
        var scale = 1.0
        while power < units.count - 1, Double(size) >= scale * 1000 {
            power += 1
            scale *= 1000
        }
        let value = (Double(size) / scale * 10 + 0.5).rounded(.down) / 10
        let whole = value.rounded(.toNearestOrEven)
        return (value < 10 ? tenths(value) : goPlain(whole)) + units[power]
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
