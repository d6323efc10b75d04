/// Which samples a commit accepts. The policy is stored in the commit's log frame, so that replay judges as the commit
/// did.
struct AcceptancePolicy: Hashable, Sendable {
    /// The wall clock when the commit was made, in milliseconds since the Unix epoch.
    var wallClock: Int64
    /// How far ahead of the clock a timestamp may be; `Int64.max` for no limit.
    var maximumFuture: Int64
    /// How much older than the newest of all samples a late sample may be, one that is older than its series' newest;
    /// 0 for no late samples, `Int64.max` for any.
    var window: Int64
    /// What happens to a sample at a time at which its series has another value.
    var duplicates = DuplicatePolicy.reject
    /// Whether a newest sample that is ahead of the clock is ignored when others are judged. Otherwise it makes samples
    /// at the right time too old or out of order.
    var forgivesFuture = true

    /// How much older than the newest of all samples a sample may be that is not late, if the window allows less: half
    /// of the time that a block of Prometheus spans.
    static let leastAge: Int64 = 3_600_000

    /// A series' newest sample counts for samples at the right time if it is at most this far ahead of the clock: the
    /// clocks of senders differ by less.
    private static let tolerance: Int64 = 60_000

    /// The latest acceptable timestamp.
    var latest: Int64 { Self.sum(wallClock, maximumFuture) }

    /// Returns the earliest acceptable timestamp of a sample that is not late, given the newest one stored so far. If
    /// that is ahead of the clock, the clock counts instead: one wrong timestamp must not make all right ones too old.
    func earliest(newest: Int64) -> Int64 { earliest(newest: newest, age: max(window, Self.leastAge)) }

    /// Returns the earliest timestamp of a late sample, given the newest one stored so far.
    func earliestLate(newest: Int64) -> Int64 { earliest(newest: newest, age: window) }

    /// Returns the earliest timestamp whose verdict does not depend on the newest of all samples, as long as that is
    /// not after `newest`.
    func earliestUndisputed(newest: Int64) -> Int64 {
        window > 0 ? earliestLate(newest: newest) : earliest(newest: newest)
    }

    private func earliest(newest: Int64, age: Int64) -> Int64 {
        guard newest != .min else { return .min + 1 }
        let reference = forgivesFuture ? min(newest, wallClock) : newest
        let (difference, overflow) = reference.subtractingReportingOverflow(age)
        return overflow ? .min + 1 : max(.min + 1, difference)
    }

    /// Why a sample before `earliest(newest:)` is rejected. Prometheus has two errors for this, and so do its clients.
    var tooOld: RejectionReason { window > 0 ? .tooOld : .outOfBounds }

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
    private let tooOld: RejectionReason

    init(_ policy: AcceptancePolicy, newest: Int64) {
        earliest = policy.earliest(newest: newest)
        latest = policy.latest
        tooOld = policy.tooOld
    }

    /// Returns why a series that never had a sample rejects this one, or nil if it accepts it.
    func reason(against time: Int64) -> RejectionReason? {
        time > latest ? .tooFarInFuture : time < earliest ? tooOld : nil
    }
}

/// The verdict on one sample.
enum Verdict {
    case accept, repeated
    /// Accepted, as the first sample of a part of the series that goes back in time.
    case acceptAsNewPart
    /// Accepted, although its series has a newer sample, or another one at the same time. If `replaces`, it counts
    /// instead of what was stored at its time before.
    case acceptLate(replaces: Bool)
    case reject(RejectionReason)
}

/// Judges a sample by its series' newest one. Appends and replay share this rule, so that what was rejected once is
/// rejected again. `lastTime` is `Int64.min` for a series without samples; no sample may have that timestamp.
/// `earliest` and `latest` are those of the policy, `newest` is the newest of all samples.
@inline(__always)
func judge(
    time: Int64, bits: UInt64, lastTime: Int64, lastBits: UInt64, earliest: Int64, latest: Int64, newest: Int64,
    policy: AcceptancePolicy
) -> Verdict {
    if _fastPath(time > lastTime && time >= earliest && time <= latest) { return .accept }
    return policy.judge(time, bits, lastTime, lastBits, newest)
}

extension AcceptancePolicy {
    /// Judges any sample.
    @inline(never)
    fileprivate func judge(
        _ time: Int64, _ bits: UInt64, _ lastTime: Int64, _ lastBits: UInt64, _ newest: Int64
    ) -> Verdict {
        let earliest = earliest(newest: newest)
        if time == lastTime, time != .min {
            if bits == lastBits { return .repeated }
            switch duplicates {
            case .reject: return .reject(.duplicateTimestamp)
            case .keepFirst: return .repeated
            case .keepLast: return .acceptLate(replaces: true)
            }
        }
        if time > latest { return .reject(.tooFarInFuture) }
        if time > lastTime || time == .min { return time < earliest ? .reject(tooOld) : .accept }
        if time >= earliest, takesAgain(time, before: lastTime) { return .acceptAsNewPart }
        guard window > 0 else { return .reject(time < earliest ? .outOfBounds : .outOfOrder) }
        return time < earliestLate(newest: newest) ? .reject(.tooOld) : .acceptLate(replaces: duplicates == .keepLast)
    }
}
