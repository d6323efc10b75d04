/// The state of an alert.
public enum AlertState: UInt8, Hashable, Comparable, Sendable, CustomStringConvertible, CaseIterable {
    /// It fired and is resolved. It is kept for ``Alert/resolvedRetention`` so that receivers learn of it.
    case inactive
    /// The expression has not yet returned its series for as long as the rule's `for`.
    case pending
    /// The expression has returned its series for at least `for`, or `keep_firing_for` has not passed since.
    case firing

    /// The value of the label `alertstate`.
    public var description: String {
        switch self {
        case .inactive: "inactive"
        case .pending: "pending"
        case .firing: "firing"
        }
    }

    /// The order is inactive, pending, firing.
    public static func < (left: AlertState, right: AlertState) -> Bool { left.rawValue < right.rawValue }
}
