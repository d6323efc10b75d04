/// Which samples a commit accepts; travels in the commit's log frame, so that replay judges like the first time.
struct AcceptancePolicy: Hashable, Sendable {
    /// The wall clock when the commit was made, milliseconds since the Unix epoch.
    var wallClock: Int64
    /// How far ahead of the clock a timestamp may be; `Int64.max` for no limit.
    var maximumFuture: Int64
    /// How far behind the newest of all samples a timestamp may be; `Int64.max` for no limit.
    var maximumAge: Int64

    /// The latest acceptable timestamp.
    var latest: Int64 {
        let (sum, overflow) = wallClock.addingReportingOverflow(maximumFuture)
        return overflow ? .max : sum
    }

    /// The earliest acceptable timestamp when `newest` is the newest one stored so far.
    func earliest(newest: Int64) -> Int64 {
        guard newest != .min else { return .min + 1 }
        let (difference, overflow) = newest.subtractingReportingOverflow(maximumAge)
        return overflow ? .min + 1 : max(.min + 1, difference)
    }
}

/// The verdict on one sample.
enum Verdict {
    case accept, repeated
    case reject(RejectionReason)
}

/// Judges a sample by its series' newest one: the one rule for appends and for replay, so that what was refused once is
/// refused again. `lastTime` is `Int64.min` for a series without samples; no sample may have that timestamp.
@inline(__always)
func judge(
    time: Int64, bits: UInt64, lastTime: Int64, lastBits: UInt64, earliest: Int64, latest: Int64
) -> Verdict {
    if _fastPath(time > lastTime && time >= earliest && time <= latest) { return .accept }
    if time == lastTime, time != .min { return bits == lastBits ? .repeated : .reject(.duplicateTimestamp) }
    if time > latest { return .reject(.tooFarInFuture) }
    if time < earliest { return .reject(.tooOld) }
    return .reject(.outOfOrder)
}
