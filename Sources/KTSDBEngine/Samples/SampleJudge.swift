/// Which samples a commit accepts; travels in the commit's log frame, so that replay judges like the first time.
struct AcceptancePolicy: Hashable, Sendable {
    /// The wall clock when the commit was made, milliseconds since the Unix epoch.
    var wallClock: Int64
    /// How far ahead of the clock a timestamp may be; `Int64.max` for no limit.
    var maximumFuture: Int64
    /// How far behind the newest of all samples a timestamp may be; `Int64.max` for no limit.
    var maximumAge: Int64
    /// Whether samples that lie ahead of the clock keep others out. They did in commits of earlier versions, whose
    /// frames lack ``forgivesFutureFlag``.
    var forgivesFuture = true

    /// The flag of frames whose samples were judged with ``forgivesFuture``.
    static let forgivesFutureFlag: UInt32 = 1

    /// How far ahead of the clock a newest sample may be and still say where its series is: clocks of senders differ by
    /// less.
    private static let tolerance: Int64 = 60_000

    /// The latest acceptable timestamp.
    var latest: Int64 { Self.sum(wallClock, maximumFuture) }

    /// The earliest acceptable timestamp when `newest` is the newest one stored so far. Where that lies ahead of the
    /// clock, the clock counts: one wrong timestamp must not make all right ones too old.
    func earliest(newest: Int64) -> Int64 {
        guard newest != .min else { return .min + 1 }
        let reference = forgivesFuture ? min(newest, wallClock) : newest
        let (difference, overflow) = reference.subtractingReportingOverflow(maximumAge)
        return overflow ? .min + 1 : max(.min + 1, difference)
    }

    /// Whether a series takes something at `time` although it has something newer, at `newest`: when that lies ahead of
    /// the clock, it came while the clock was wrong, and what comes now begins a new part of the series.
    func takesAgain(_ time: Int64, before newest: Int64) -> Bool {
        guard forgivesFuture else { return false }
        // Where it would not be accepted by now it means nothing; a little ahead, it does for what is ahead as well.
        return newest > latest
            || (newest > Self.sum(wallClock, min(maximumFuture, Self.tolerance)) && time <= wallClock)
    }

    private static func sum(_ time: Int64, _ distance: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(distance)
        return overflow ? .max : sum
    }
}

/// The times that samples may have while `newest` is the newest one stored: what a batch can be told by alone, without
/// a look at its series.
struct AcceptedTimes {
    let earliest: Int64, latest: Int64

    init(_ policy: AcceptancePolicy, newest: Int64) {
        earliest = policy.earliest(newest: newest)
        latest = policy.latest
    }

    /// Why a series that never had a sample refuses this one; nil when it takes it.
    func reason(against time: Int64) -> RejectionReason? {
        time > latest ? .tooFarInFuture : time < earliest ? .tooOld : nil
    }
}

/// The verdict on one sample.
enum Verdict {
    case accept, repeated
    /// It is accepted, as the first of a part of the series that goes back in time.
    case acceptAsNewPart
    case reject(RejectionReason)
}

/// Judges a sample by its series' newest one: the one rule for appends and for replay, so that what was refused once is
/// refused again. `lastTime` is `Int64.min` for a series without samples; no sample may have that timestamp. `earliest`
/// and `latest` are those of the policy.
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
