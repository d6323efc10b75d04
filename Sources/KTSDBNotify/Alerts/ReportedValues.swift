/// The values that the rule of this process had for an alert; Alertmanager's API does not have them.
package struct ReportedValues: Hashable, Sendable {
    /// The value when the alert began to fire.
    package var fired: Double?
    /// The value of the expression when it gave the alert last.
    package var last: Double?
    /// What the expression compares, when the alert was over.
    package var resolved: Double?

    package init(fired: Double? = nil, last: Double? = nil, resolved: Double? = nil) {
        self.fired = fired
        self.last = last
        self.resolved = resolved
    }

    package var isEmpty: Bool { fired == nil && last == nil && resolved == nil }
}
