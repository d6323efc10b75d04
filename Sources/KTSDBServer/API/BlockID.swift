internal import KTSDBModel

/// The names of blocks in the form that clients of Prometheus expect: ULIDs, 26 characters of Crockford's base 32.
enum BlockID {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    /// Returns the id of a block by its number and its time: ten characters of the time, sixteen of the number.
    static func text(_ number: UInt64, at time: Timestamp) -> String {
        // 48 bits of milliseconds, and 64 of the 80 bits that are random elsewhere.
        digits(UInt64(clamping: time.milliseconds) & (1 << 48 - 1), 10) + digits(number, 16)
    }

    private static func digits(_ value: UInt64, _ count: Int) -> String {
        var digits: [Character] = [], rest = value
        for _ in 0..<count {
            digits.append(alphabet[Int(rest & 31)])
            rest >>= 5
        }
        return String(digits.reversed())
    }
}
