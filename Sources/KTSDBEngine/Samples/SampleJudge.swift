/// Which samples a commit accepts. The policy is stored in the commit's log frame, so that replay judges as the commit
/// did.
struct AcceptancePolicy: Hashable, Sendable {
    /// The wall clock when the commit was made, in milliseconds since the Unix epoch.
    var wallClock: Int64
    /// How far ahead of the clock a timestamp may be; `Int64.max` for no limit.
    var maximumFuture: Int64
    /// How much older than the newest of all samples a timestamp may be; `Int64.max` for no limit.
    var maximumAge: Int64
    /// Whether a newest sample that is ahead of the clock is ignored when others are judged. Otherwise it makes samples
    /// at the right time too old or out of order.
    var forgivesFuture = true

    /// The flag of frames whose samples were judged with ``forgivesFuture``.
    static let forgivesFutureFlag: UInt32 = 1

    /// A series' newest sample counts for samples at the right time if it is at most this far ahead of the clock: the
    /// clocks of senders differ by less.
    private static let tolerance: Int64 = 60_000

    /// The latest acceptable timestamp.
    var latest: Int64 { Self.sum(wallClock, maximumFuture) }

    /// Returns the earliest acceptable timestamp, given the newest one stored so far. If that is ahead of the clock,
    /// the clock counts instead: one wrong timestamp must not make all right ones too old.
    func earliest(newest: Int64) -> Int64 {
        guard newest != .min else { return .min + 1 }
        let reference = forgivesFuture ? min(newest, wallClock) : newest
        let (difference, overflow) = reference.subtractingReportingOverflow(maximumAge)
        return overflow ? .min + 1 : max(.min + 1, difference)
    }

    /// Whether a series accepts a sample at `time` although it has a newer one, at `newest`. If that one is ahead of
    /// the clock, it was stored while the clock was wrong, and the new sample begins a new part of the series.
    func takesAgain(_ time: Int64, before newest: Int64) -> Bool {
        guard forgivesFuture else { return false }
        // A newest sample that would not be accepted now is ignored. One that would be, but is further ahead than the
        // tolerance, is ignored for samples that are not ahead of the clock themselves.
        return newest > latest
            || (newest > Self.sum(wallClock, min(maximumFuture, Self.tolerance)) && time <= wallClock)
    }

    private static func sum(_ time: Int64, _ distance: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(distance)
        return overflow ? .max : sum
    }
}

/// The times that samples may have while `newest` is the newest one stored. A batch checks them without looking at its
/// series.
struct AcceptedTimes {
    let earliest: Int64, latest: Int64

    init(_ policy: AcceptancePolicy, newest: Int64) {
        earliest = policy.earliest(newest: newest)
        latest = policy.latest
    }

    /// Returns why a series that never had a sample rejects this one, or nil if it accepts it.
    func reason(against time: Int64) -> RejectionReason? {
        time > latest ? .tooFarInFuture : time < earliest ? .tooOld : nil
    }
}

/// The verdict on one sample.
enum Verdict {
    case accept, repeated
    /// Accepted, as the first sample of a part of the series that goes back in time.
    case acceptAsNewPart
    case reject(RejectionReason)
}

/// Judges a sample by its series' newest one. Appends and replay share this rule, so that what was rejected once is
/// rejected again. `lastTime` is `Int64.min` for a series without samples; no sample may have that timestamp.
/// `earliest` and `latest` are those of the policy.
@inline(__always)
func judge(
    time: Int64, bits: UInt64, lastTime: Int64, lastBits: UInt64, earliest: Int64, latest: Int64,
    policy: AcceptancePolicy
) -> Verdict {
    if _fastPath(time > lastTime && time >= earliest && time <= latest) { return .accept }
    if time == lastTime, time != .min { return bits == lastBits ? .repeated : .reject(.duplicateTimestamp) }
    if time > latest { return .reject(.tooFarInFuture) }
    if time < earliest { return .reject(.tooOld) }
    return policy.takesAgain(time, before: lastTime) ? .acceptAsNewPart : .reject(.outOfOrder)
}
