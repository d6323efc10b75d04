internal import KTSDBModel
internal import PrometheusWire

/// The times at which the counters of one target began to count, from the `_created` lines of OpenMetrics bodies or
/// from the messages of protobuf bodies.
///
/// A line `a_created{x="1"}` gives the start time of a *group*: the series of the family `a` with the same labels,
/// apart from `le` and `quantile`. It is not a sample. A group that begins to count again gets a zero at that time, so
/// that `rate` includes what was counted before the first sample.
struct StartTimes {
    /// The number of a group, as in a ``SeriesHandle``.
    typealias Group = UInt32

    /// A zero must be less than this before its sample, in milliseconds. Prometheus has the same limit: it does not
    /// accept samples that are further before the newest one.
    private static let oldest: Int64 = 3_600_000

    private var groups: [Labels: Group] = [:]
    /// The time of each group in milliseconds; 0 until a body gives it.
    private var times: [Int64] = []
    /// Whether the last body changed the time of each group.
    private var changed: [Bool] = []
    private var hasChanged = false

    /// How many groups are known.
    var count: Int { times.count }

    /// The relation of a series to a group: it gives the group's start time, or shares it.
    struct Role {
        var group: Group
        /// Whether the series is a `_created` line.
        var isCreationTime: Bool
    }

    /// Returns the role of a series with these labels and the type from its `TYPE` line; nil if such a series does not
    /// have a start time.
    mutating func role(of labels: Labels, type: MetricType) -> Role? {
        guard type == .counter || type == .histogram || type == .summary, let name = labels.metricName else {
            return nil
        }
        let isCreationTime = name.hasSuffix("_created")
        var builder = LabelsBuilder(labels)
        let suffixes = isCreationTime ? ["_created"] : type == .counter ? ["_total"] : ["_bucket", "_count", "_sum"]
        let suffix = suffixes.first { name.hasSuffix($0) } ?? ""
        builder.set("__name__", String(name.dropLast(suffix.count)))
        if type == .histogram { builder.set("le", "") }
        if type == .summary { builder.set("quantile", "") }
        let key = builder.labels
        if let known = groups[key] { return Role(group: known, isCreationTime: isCreationTime) }
        let group = Group(times.count)
        groups[key] = group
        times.append(0)
        changed.append(false)
        return Role(group: group, isCreationTime: isCreationTime)
    }

    /// Begins the reading of a body.
    mutating func begin() {
        guard hasChanged else { return }
        for group in changed.indices { changed[group] = false }
        hasChanged = false
    }

    /// Notes the value of a `_created` line, in seconds.
    mutating func note(_ seconds: Double, of group: Group) {
        let milliseconds = seconds * 1000
        guard abs(milliseconds) < 0x1p62 else { return }
        note(milliseconds: Int64(milliseconds), of: group)
    }

    /// Notes the time of a group.
    mutating func note(milliseconds time: Int64, of group: Group) {
        guard times[Int(group)] != time else { return }
        times[Int(group)] = time
        changed[Int(group)] = true
        hasChanged = true
    }

    /// Whether the body changed the time of any group.
    var tellNews: Bool { hasChanged }

    /// Returns the time of a zero before a sample at `time`; nil if the group did not begin to count again, or began
    /// too long before `time`.
    func zero(of group: Group, before time: Int64) -> Int64? {
        let start = times[Int(group)]
        guard changed[Int(group)], start != 0, start < time, start > time - Self.oldest else { return nil }
        return start
    }

    /// Forgets all groups.
    mutating func removeAll() { self = StartTimes() }
}
