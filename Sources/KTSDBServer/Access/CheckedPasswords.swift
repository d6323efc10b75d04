/// The passwords that were checked lately, with their outcomes: a check takes a tenth of a second, on purpose.
///
/// Outcomes are kept by a hash of everything that was checked, with a secret of this process, so that no password is in
/// memory. Wrong passwords have a place of their own: whoever tries many cannot make right ones be forgotten.
struct CheckedPasswords {
    /// How many outcomes are kept of each kind.
    static let limit = 100

    private var right: Set<String> = []
    private var wrong: Set<String> = []

    /// What a check found; nil if it is not known any more.
    func outcome(_ key: String) -> Bool? { right.contains(key) ? true : wrong.contains(key) ? false : nil }

    /// Notes what a check found; when there are too many, any others are forgotten.
    mutating func note(_ key: String, _ isRight: Bool) {
        if isRight { Self.insert(key, into: &right) } else { Self.insert(key, into: &wrong) }
    }

    private static func insert(_ key: String, into set: inout Set<String>) {
        while set.count >= limit, let any = set.randomElement() { set.remove(any) }
        set.insert(key)
    }
}
