internal import KTSDBModel
internal import PrometheusWire

/// When the counters of one target began to count, as the `_created` lines of its OpenMetrics bodies say.
///
/// A line `a_created{x="1"}` is about the series of the family `a` with the same labels, `le` and `quantile` aside:
/// about a *group* of them. It is no sample. A group that begins to count anew gets a zero at that time, so that what
/// was counted up to the first sample is not lost to `rate`.
struct StartTimes {
    /// Number of a group; in a ``SeriesHandle``.
    typealias Group = UInt32

    /// A time further than this before the sample's gets no zero, in milliseconds: as Prometheus, which takes no sample
    /// that is so far behind the newest one.
    private static let oldest: Int64 = 3_600_000

    private var groups: [Labels: Group] = [:]
    /// For each group the time in milliseconds; 0 until a body tells it.
    private var times: [Int64] = []
    /// The groups that the last body gave another time.
    private var changed: [Bool] = []
    private var hasChanged = false

    /// How many groups are known.
    var count: Int { times.count }

    /// Whose start a series tells, or has.
    struct Role {
        var group: Group
        /// Whether it is a `_created` line.
        var isTelling: Bool
    }

    /// The role of a series with these labels behind a `TYPE` line; nil if there is no start time for such a thing.
    mutating func role(of labels: Labels, type: MetricType) -> Role? {
        guard type == .counter || type == .histogram || type == .summary, let name = labels.metricName else {
            return nil
        }
        let isTelling = name.hasSuffix("_created")
        var builder = LabelsBuilder(labels)
        let suffixes = isTelling ? ["_created"] : type == .counter ? ["_total"] : ["_bucket", "_count", "_sum"]
        let suffix = suffixes.first { name.hasSuffix($0) } ?? ""
        builder.set("__name__", String(name.dropLast(suffix.count)))
        if type == .histogram { builder.set("le", "") }
        if type == .summary { builder.set("quantile", "") }
        let key = builder.labels
        if let known = groups[key] { return Role(group: known, isTelling: isTelling) }
        let group = Group(times.count)
        groups[key] = group
        times.append(0)
        changed.append(false)
        return Role(group: group, isTelling: isTelling)
    }

    /// Begins a body.
    mutating func begin() {
        guard hasChanged else { return }
        for group in changed.indices { changed[group] = false }
        hasChanged = false
    }

    /// Notes the value of a `_created` line, in seconds.
    mutating func note(_ seconds: Double, of group: Group) {
        let milliseconds = seconds * 1000
        guard abs(milliseconds) < 0x1p62 else { return }
        let time = Int64(milliseconds)
        guard times[Int(group)] != time else { return }
        times[Int(group)] = time
        changed[Int(group)] = true
        hasChanged = true
    }

    /// Whether the body gave any group another time.
    var tellNews: Bool { hasChanged }

    /// The time of a zero before a sample at `time`; nil if the group did not begin anew, or too long ago.
    func zero(of group: Group, before time: Int64) -> Int64? {
        let start = times[Int(group)]
        guard changed[Int(group)], start != 0, start < time, start > time - Self.oldest else { return nil }
        return start
    }

    /// Forgets all.
    mutating func removeAll() { self = StartTimes() }
}
