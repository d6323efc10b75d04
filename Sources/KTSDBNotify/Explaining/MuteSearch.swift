/// Finds when the time intervals of a route stop muting it.
struct MuteSearch {
    /// How far ahead is looked.
    static let horizon = Duration.seconds(31 * 86_400)

    private let active: [String]
    private let mute: [String]
    private let intervals: TimeIntervals

    init(_ route: Route, _ intervals: TimeIntervals) {
        active = route.activeTimeIntervals
        mute = route.muteTimeIntervals
        self.intervals = intervals
    }

    /// The intervals that mute the route at a time, as a flush has them.
    func muting(at time: WallTime) -> (names: [String], isOutsideActive: Bool) {
        if !active.isEmpty, intervals.containing(time, of: active).isEmpty { return (active, true) }
        return (intervals.containing(time, of: mute), false)
    }

    func isMuted(at time: WallTime) -> Bool { !muting(at: time).names.isEmpty }

    /// The beginning of the first minute after `time` in which the route is not muted: time intervals begin and end
    /// with minutes.
    func end(after time: WallTime) -> WallTime? {
        if active.isEmpty, mute.isEmpty { return nil }
        var minute = WallTime(seconds: time.seconds - time.seconds % 60 + 60)
        let last = time + Self.horizon
        while minute <= last {
            if !isMuted(at: minute) { return minute }
            minute = minute + .seconds(60)
        }
        return nil
    }
}
