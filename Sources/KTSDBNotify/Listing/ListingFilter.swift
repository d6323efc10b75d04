/// Which alerts a list has.
package struct ListingFilter: Sendable {
    /// What labels have to match.
    package var matchers = Matchers()
    /// Whether alerts are listed that are neither silenced nor inhibited.
    package var active = true
    package var silenced = true
    package var inhibited = true
    /// Whether groups are listed that a time interval mutes.
    package var muted = true
    /// What the name of a receiver has to match; nil for any.
    package var receiver: Matcher?

    /// What the labels of a receiver have to match.
    package var receiverMatchers = Matchers()
    /// The names of the receivers whose labels match ``receiverMatchers``; nil for all.
    package var receiverNames: Set<String>?

    package init() {}

    /// Whether one receiver is as wanted.
    func accepts(receiver name: String) -> Bool {
        (receiverNames?.contains(name) ?? true) && (receiver?.matches(name) ?? true)
    }

    /// Whether one of an alert's receivers has a name, and one has labels, as wanted.
    func accepts(receivers: [String]) -> Bool {
        receivers.contains { receiver?.matches($0) ?? true }
            && receivers.contains { receiverNames?.contains($0) ?? true }
    }

    func accepts(_ status: AlertStatus) -> Bool {
        (active || status.isSuppressed) && (silenced || status.silencedBy.isEmpty)
            && (inhibited || status.inhibitedBy == nil)
    }
}
