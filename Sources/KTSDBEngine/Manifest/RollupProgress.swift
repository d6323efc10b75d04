/// What the MANIFEST of rollups knows of one rule: how much of the raw database is in its points.
package struct RollupProgress: Hashable, Sendable {
    /// A round that has begun: what it will have rolled up when it is complete, and which day of points is next.
    package struct Round: Hashable, Sendable {
        /// What ``RollupProgress/through`` and ``RollupProgress/asOf`` will be.
        package var through: UInt64, asOf: UInt64
        /// The number of the next day (UTC) of points: days before it are done.
        package var nextDay: Int64

        package init(through: UInt64, asOf: UInt64, nextDay: Int64) {
            self.through = through
            self.asOf = asOf
            self.nextDay = nextDay
        }
    }

    /// Identifies the rule by what its points depend on.
    package var identity: UInt64
    /// The length of the rule's intervals, in milliseconds.
    package var interval: UInt64
    /// Raw blocks whose last commit is at most this one are in the points.
    package var through: UInt64 = 0
    /// Deletions that were stored by this commit or an earlier one are taken into account.
    package var asOf: UInt64 = 0
    /// Whether a first round is complete, so that queries may use the points.
    package var isComplete = false
    /// The round that is in progress.
    package var round: Round?

    package init(identity: UInt64, interval: UInt64) {
        self.identity = identity
        self.interval = interval
    }
}

extension RollupProgress: FieldLayout {
    private static let completeFlag: UInt8 = 1, roundFlag: UInt8 = 2

    /// What the MANIFEST stores of a rule after its identity.
    mutating func fields<Coder: FieldCoder & ~Copyable & ~Escapable>(_ coder: inout Coder) {
        var flags = (isComplete ? Self.completeFlag : 0) | (round == nil ? 0 : Self.roundFlag)
        coder.varint(&interval)
        coder.varint(&through)
        coder.varint(&asOf)
        coder.field(&flags)
        isComplete = flags & Self.completeFlag != 0
        guard flags & Self.roundFlag != 0 else {
            round = nil
            return
        }
        var round = round ?? Round(through: 0, asOf: 0, nextDay: 0)
        coder.varint(&round.through)
        coder.varint(&round.asOf)
        coder.zigzag(&round.nextDay)
        self.round = round
    }
}
