/// The outcomes of recent password checks: a check takes about a tenth of a second, on purpose.
///
/// Outcomes are kept under a hash of everything that was checked and a secret of this process, so that no password
/// stays in memory. Wrong passwords are kept apart, so that trying many of them does not displace right ones.
struct CheckedPasswords {
    /// The most outcomes of each kind that are kept.
    static let limit = 100

    private var right: Set<String> = []
    private var wrong: Set<String> = []

    /// Returns the outcome of a check; nil if it is unknown or was forgotten.
    func outcome(_ key: String) -> Bool? { right.contains(key) ? true : wrong.contains(key) ? false : nil }

    /// Notes the outcome of a check; beyond the limit, random other outcomes are forgotten.
    mutating func note(_ key: String, _ isRight: Bool) {
        if isRight { Self.insert(key, into: &right) } else { Self.insert(key, into: &wrong) }
    }

    private static func insert(_ key: String, into set: inout Set<String>) {
        while set.count >= limit, let any = set.randomElement() { set.remove(any) }
        set.insert(key)
    }
}
