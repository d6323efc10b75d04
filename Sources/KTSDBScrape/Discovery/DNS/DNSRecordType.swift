/// The types of records that can be targets, by their numbers (RFC 1035, 2782, 3596).
enum DNSRecordType: UInt16, Hashable, Sendable, CaseIterable {
    case a = 1, ns = 2, mx = 15, aaaa = 28, srv = 33

    /// Finds the type by its name, regardless of case.
    init?(name: String) {
        guard let type = Self.allCases.first(where: { $0.name == name.uppercased() }) else { return nil }
        self = type
    }

    var name: String {
        switch self {
        case .a: "A"
        case .ns: "NS"
        case .mx: "MX"
        case .aaaa: "AAAA"
        case .srv: "SRV"
        }
    }
}
