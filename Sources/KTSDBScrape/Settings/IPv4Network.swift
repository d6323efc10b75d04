/// A network such as `10.0.0.0/8`.
struct IPv4Network: Hashable, Sendable {
    private var address: UInt32
    private var bits: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = Self.address(String(parts[0])), let bits = Int(parts[1]),
            (0...32).contains(bits)
        else { return nil }
        self.address = address
        self.bits = bits
    }

    func contains(_ other: UInt32) -> Bool { bits == 0 || (address ^ other) >> UInt32(32 - bits) == 0 }

    /// The number of an address such as `10.1.2.3`; nil if it is malformed.
    static func address(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4, !parts.contains(nil) else { return nil }
        return parts.reduce(0) { $0 << 8 | UInt32($1 ?? 0) }
    }
}
