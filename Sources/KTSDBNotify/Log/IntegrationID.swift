/// Names one integration: the first Slack configuration of the receiver `team-a` is `team-a/slack[0]`.
package struct IntegrationID: Hashable, Sendable {
    /// The receiver's name.
    package var receiver: String
    /// `slack`, `webhook`.
    package var kind: String
    /// Its place among the receiver's configurations of this kind.
    package var index: Int

    package init(receiver: String, kind: String, index: Int) {
        self.receiver = receiver
        self.kind = kind
        self.index = index
    }
}

extension IntegrationID: CustomStringConvertible {
    package var description: String { "\(receiver)/\(kind)[\(index)]" }
}

/// One integration of a receiver, as far as it matters to when it is notified.
package struct Integration: Hashable, Sendable {
    package var id: IntegrationID
    /// Whether it wants to know about resolved alerts.
    package var sendsResolved: Bool

    package init(id: IntegrationID, sendsResolved: Bool) {
        self.id = id
        self.sendsResolved = sendsResolved
    }
}
