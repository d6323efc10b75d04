internal import KTSDBModel

/// A rule that runs: its state, what is stored of it, and how its last evaluation went.
struct RuleRuntime: Sendable {
    var state: RuleState
    /// The key of its record.
    let recordKey: String
    var record = RecordMemory()
    /// The alerts of its last evaluation that nobody has taken yet; nil if all were taken.
    var offer: AlertOffer?
    /// When its last evaluation began, by the wall clock; nil before the first one.
    var lastEvaluation: PreciseTime?
    /// How long that took.
    var duration: Duration = .zero
}

/// What is known of a rule's record, so that it is only written when it changes.
struct RecordMemory: Hashable, Sendable {
    /// The hash and the length of the bytes that are stored; nil if there is no record.
    private var hash: UInt64?
    private var byteCount = 0
    /// The last evaluation that the record knows.
    private var evaluatedAt: PreciseTime?
    /// Whether a change has not been stored.
    private var isBehind = true

    /// Alerts and series of a state whose record is written with each change. A larger state's is written when an
    /// alert changes its state or is sent, but not for new values and texts alone, which the next evaluation gives
    /// anew.
    static let smallCount = 200
    /// A large state's record is written at least this often, so that it says when the rule was evaluated last.
    static let largestAge: Duration = .seconds(300)

    /// Creates the memory of a rule without a record.
    init() {}

    /// Creates the memory of a rule whose record was read.
    init(_ bytes: [UInt8], _ state: RuleState) {
        remember(bytes, state)
    }

    /// Returns the bytes to store after an evaluation that led from one state to another; nil if the record is as it
    /// has to be.
    mutating func bytes(from old: RuleState, to new: RuleState) -> [UInt8]? {
        if new.alerts.count + new.written.series.count > Self.smallCount, !isBehind, isRecent(at: new.evaluatedAt),
            new.hasSameProgress(as: old)
        {
            return nil
        }
        let bytes = RuleStateCoding.encode(new)
        guard hash != XXHash64.hash(bytes.span.rawBytes) || byteCount != bytes.count else {
            isBehind = false
            return nil
        }
        isBehind = true
        return bytes
    }

    /// Records that the state has changed outside an evaluation: the next one stores it.
    mutating func noteChange() { isBehind = true }

    /// Records that bytes were stored.
    mutating func remember(_ bytes: [UInt8], _ state: RuleState) {
        hash = XXHash64.hash(bytes.span.rawBytes)
        byteCount = bytes.count
        evaluatedAt = state.evaluatedAt
        isBehind = false
    }

    private func isRecent(at time: PreciseTime?) -> Bool {
        guard let time, let evaluatedAt else { return true }
        return time - evaluatedAt < Self.largestAge
    }
}

extension RuleState {
    /// Whether both states have the same alerts, equally far, and the same series.
    fileprivate func hasSameProgress(as other: RuleState) -> Bool {
        guard isRestored == other.isRestored, alerts.count == other.alerts.count, written == other.written else {
            return false
        }
        return alerts.allSatisfy { labels, alert in other.alerts[labels].map { alert.hasSameProgress(as: $0) } ?? false
        }
    }
}

extension Alert {
    fileprivate func hasSameProgress(as other: Alert) -> Bool {
        state == other.state && activeAt == other.activeAt && firedAt == other.firedAt
            && resolvedAt == other.resolvedAt && lastSentAt == other.lastSentAt
            && keepFiringSince == other.keepFiringSince
    }
}
