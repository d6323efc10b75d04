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

    package init() {}

    func accepts(receiver name: String) -> Bool { receiver?.matches(name) ?? true }

    func accepts(_ status: AlertStatus) -> Bool {
        (active || status.isSuppressed) && (silenced || status.silencedBy.isEmpty)
            && (inhibited || status.inhibitedBy == nil)
    }
}
