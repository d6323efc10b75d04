internal import KTSDBModel

/// Counts the series in memory by the groups of the limits on series. Not thread-safe: guarded by the lock of
/// `Head.series`.
///
/// A series costs one walk over its labels and one look-up for each limit when it comes and when it goes; nothing for
/// its samples. Groups are found by a keyed hash of their values.
struct SeriesLimitCounts {
    private var rules: [Rule]
    /// The day (UTC) that the counts of new series are of.
    private var day = Int64.min
    private let seed = UInt64.random(in: 1 ... .max)

    /// Why a series is kept out.
    enum Verdict {
        case admitted, overLimit, overDailyLimit
    }

    private struct Rule {
        let limit: SeriesLimit
        let by: [[UInt8]]
        let matching: [(name: [UInt8], value: [UInt8])]
        var groups: [UInt64: Group] = [:]
        var refusedInMemory = 0, refusedPerDay = 0
    }

    private struct Group {
        /// The values in the order of the rule's labels, each after its length.
        var values: [UInt8]
        var inMemory = 0, today = 0
    }

    /// More groups than this only count together: labels without bounds must not fill the memory.
    static let groupLimit = 100_000
    private static let rest: UInt64 = 0

    init(_ limits: [SeriesLimit] = []) {
        rules = limits.map { limit in
            Rule(
                limit: limit, by: limit.by.map { Array($0.utf8) },
                matching: limit.matching.map { (Array($0.key.utf8), Array($0.value.utf8)) })
        }
    }

    var isEmpty: Bool { rules.isEmpty }

    /// The limits.
    var limits: [SeriesLimit] { rules.map(\.limit) }

    /// Begins to count new series anew if a day has begun.
    private mutating func begin(_ now: Int64) {
        let today = TimeWindow.number(of: now, length: 86_400_000)
        guard today != day else { return }
        day = today
        for index in rules.indices {
            for key in rules[index].groups.keys { rules[index].groups[key]!.today = 0 }
            rules[index].groups = rules[index].groups.filter { $0.value.inMemory > 0 }
        }
    }

    /// Whether a new series with these labels may come into memory at the time `now`. Counts the refusal if not.
    mutating func judge(_ stringForm: Span<UInt8>, now: Int64) -> Verdict {
        begin(now)
        for index in rules.indices {
            let limit = rules[index].limit
            guard limit.inMemory != nil || limit.perDay != nil, let values = values(stringForm, of: rules[index]) else {
                continue
            }
            let key = key(values, in: rules[index])
            // Those that there is no count of are not judged.
            if key == Self.rest { continue }
            guard let group = rules[index].groups[key] else {
                if limit.inMemory ?? 1 <= 0 {
                    rules[index].refusedInMemory += 1
                    return .overLimit
                }
                if limit.perDay ?? 1 <= 0 {
                    rules[index].refusedPerDay += 1
                    return .overDailyLimit
                }
                continue
            }
            if let most = limit.inMemory, group.inMemory >= most {
                rules[index].refusedInMemory += 1
                return .overLimit
            }
            if let most = limit.perDay, group.today >= most {
                rules[index].refusedPerDay += 1
                return .overDailyLimit
            }
        }
        return .admitted
    }

    /// Counts a series that came into memory; `isNew` if it counts for today.
    mutating func add(_ stringForm: Span<UInt8>, isNew: Bool) {
        for index in rules.indices {
            guard let values = values(stringForm, of: rules[index]) else { continue }
            let key = key(values, in: rules[index])
            rules[index].groups[key, default: Group(values: key == Self.rest ? [] : values)].inMemory += 1
            if isNew { rules[index].groups[key]!.today += 1 }
        }
    }

    /// Counts a series that has left memory; if it `wasWithdrawn`, it does not count for today either.
    mutating func remove(_ stringForm: Span<UInt8>, wasWithdrawn: Bool = false) {
        for index in rules.indices {
            guard let values = values(stringForm, of: rules[index]) else { continue }
            // A group that came after the limit of groups is counted with the rest, whatever has become of it since.
            let own = hash(values), key = rules[index].groups[own] == nil ? Self.rest : own
            guard var group = rules[index].groups[key] else { continue }
            group.inMemory -= 1
            if wasWithdrawn { group.today = max(0, group.today - 1) }
            rules[index].groups[key] = group.inMemory <= 0 && group.today == 0 ? nil : group
        }
    }

    /// What each limit has counted, with its `count` largest groups.
    mutating func statistics(largest count: Int, now: Int64) -> [SeriesLimitStatistics] {
        begin(now)
        return rules.map { rule in
            var result = SeriesLimitStatistics(limit: rule.limit)
            result.groups = rule.groups.count
            (result.refusedInMemory, result.refusedPerDay) = (rule.refusedInMemory, rule.refusedPerDay)
            result.largest = Self.largest(rule.groups, count).map { key, group in
                let values = key == Self.rest ? rule.by.map { _ in "(others)" } : Self.texts(group.values)
                return SeriesGroup(values: values, inMemory: group.inMemory, today: group.today)
            }
            return result
        }
    }

    /// Returns the `count` groups with the most new series, the largest first.
    private static func largest(_ groups: [UInt64: Group], _ count: Int) -> [(key: UInt64, group: Group)] {
        var result: [(key: UInt64, group: Group)] = []
        guard count > 0 else { return result }
        func isLarger(_ left: (key: UInt64, group: Group), _ right: (key: UInt64, group: Group)) -> Bool {
            (left.group.today, left.group.inMemory, left.key) > (right.group.today, right.group.inMemory, right.key)
        }
        for (key, group) in groups {
            if result.count == count, !isLarger((key, group), result[count - 1]) { continue }
            let place = (0..<result.count).partitionPoint { isLarger(result[$0], (key, group)) }
            result.insert((key, group), at: place)
            if result.count > count { result.removeLast() }
        }
        return result
    }

    /// Takes over what another set has refused and counted today under the same limits.
    mutating func adopt(_ other: SeriesLimitCounts) {
        day = other.day
        for index in rules.indices {
            guard let old = other.rules.first(where: { $0.limit.name == rules[index].limit.name }) else { continue }
            (rules[index].refusedInMemory, rules[index].refusedPerDay) = (old.refusedInMemory, old.refusedPerDay)
            guard old.by == rules[index].by, old.limit.matching == rules[index].limit.matching else { continue }
            for group in old.groups.values where group.today > 0 && !group.values.isEmpty {
                let key = hash(group.values)
                rules[index].groups[key, default: Group(values: group.values)].today = group.today
            }
        }
    }

    /// The bytes of memory held, about.
    var memoryByteCount: Int {
        rules.reduce(0) { $0 + $1.groups.count * 128 }
    }

    // MARK: Groups

    /// The values that make the group of a series; nil if the rule does not apply to it.
    private func values(_ stringForm: Span<UInt8>, of rule: Rule) -> [UInt8]? {
        for (name, value) in rule.matching {
            guard Self.value(of: name, in: stringForm) == value else { return nil }
        }
        var values: [UInt8] = []
        for name in rule.by {
            let value = Self.value(of: name, in: stringForm) ?? []
            Labels.append(length: value.count, to: &values)
            values += value
        }
        return values
    }

    private static func value(of name: [UInt8], in stringForm: Span<UInt8>) -> [UInt8]? {
        var parts = StringFormParts(stringForm)
        while let other = parts.next(), let value = parts.next() {
            if ByteOrder.compare(other, name.span) == 0 { return ByteOrder.copy(value) }
        }
        return nil
    }

    private func hash(_ values: [UInt8]) -> UInt64 { max(1, XXHash64.hash(values.span.rawBytes, seed: seed)) }

    /// The key of a group: that of the rest if there are too many groups.
    private func key(_ values: [UInt8], in rule: Rule) -> UInt64 {
        let key = hash(values)
        return rule.groups.count < Self.groupLimit || rule.groups[key] != nil ? key : Self.rest
    }

    private static func texts(_ values: [UInt8]) -> [String] {
        var texts: [String] = []
        var parts = StringFormParts(values.span)
        while let value = parts.next() { texts.append(String(decoding: ByteOrder.copy(value), as: UTF8.self)) }
        return texts
    }
}
