/// Says yes to a share of the calls, as evenly as possible: of ten calls at 0.3, exactly three.
///
/// Chance would sometimes bring an alert's rate over its threshold in a good phase, or under it in a bad one.
struct EvenShare: Sendable {
    private var debt: Double

    /// Begins with part of the way to the first yes done, so that several do not say it at the same time.
    init(start: Double = 0) { debt = start }

    /// Returns whether this call is one of the share.
    mutating func next(_ share: Double) -> Bool { count(share) > 0 }

    /// Returns how many whole things have come together with `amount` more.
    mutating func count(_ amount: Double) -> Int {
        debt += max(0, amount)
        let whole = debt.rounded(.down)
        debt -= whole
        return Int(min(whole, 1_000_000))
    }
}
