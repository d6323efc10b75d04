/// How far an alert is.
public enum AlertState: UInt8, Hashable, Comparable, Sendable, CustomStringConvertible, CaseIterable {
    /// It fired and is over; it is kept for ``Alert/resolvedRetention`` so that receivers learn of it.
    case inactive
    /// The expression gives its series, but not yet for as long as the rule's `for`.
    case pending
    /// It fires.
    case firing

    /// The value of the label `alertstate`.
    public var description: String {
        switch self {
        case .inactive: "inactive"
        case .pending: "pending"
        case .firing: "firing"
        }
    }

    /// Firing comes after pending, pending after inactive.
    public static func < (left: AlertState, right: AlertState) -> Bool { left.rawValue < right.rawValue }
}
