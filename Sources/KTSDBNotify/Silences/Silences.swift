package import KTSDBModel

/// All silences, also those that are over and still kept.
package struct Silences: Sendable {
    /// How many silences there may be, and how large one.
    package struct Limits: Hashable, Sendable {
        package var silenceCountLimit = 100_000
        /// Bytes of all texts of one silence.
        package var byteLimit = 64 << 10

        package init() {}
    }

    package var limits = Limits()
    package var syntax = MatcherSyntax.fallback
    /// How long a silence is kept after its end.
    package var retention: Duration
    private var byID: [String: Silence] = [:]
    /// The sets of matchers of all silences, for lookups; nil after a change.
    private var index: (index: MatcherIndex, owners: [String])?

    package init(retention: Duration = .seconds(120 * 3600)) { self.retention = retention }

    package var count: Int { byID.count }
    package subscript(id id: String) -> Silence? { byID[id] }

    /// All silences as they are listed: active ones by end, pending ones by start, expired ones by end, latest first.
    package func sorted(at now: WallTime) -> [Silence] {
        func rank(_ silence: Silence) -> (Int, Duration, String) {
            switch silence.state(at: now) {
            case .active: (0, silence.endsAt - now, silence.id)
            case .pending: (1, silence.startsAt - now, silence.id)
            case .expired: (2, now - silence.endsAt, silence.id)
            }
        }
        return byID.values.map { ($0, rank($0)) }.sorted { $0.1 < $1.1 }.map(\.0)
    }

    /// The ids of the silences that silence alerts with these labels at `now`, sorted.
    package mutating func active(for labels: Labels, at now: WallTime) -> [String] {
        if byID.isEmpty { return [] }
        let (index, owners) = lookup()
        var found: Set<String> = []
        for number in index.candidates(for: labels) where !found.contains(owners[number]) {
            guard let silence = byID[owners[number]], silence.state(at: now) == .active else { continue }
            if silence.matches(labels) { found.insert(silence.id) }
        }
        return found.sorted()
    }

    private mutating func lookup() -> (index: MatcherIndex, owners: [String]) {
        if let index { return index }
        var sets: [Matchers] = [], owners: [String] = []
        for silence in byID.values {
            sets += silence.matcherSets
            owners += repeatElement(silence.id, count: silence.matcherSets.count)
        }
        let result = (MatcherIndex(sets), owners)
        index = result
        return result
    }

    /// Stores a silence as it is, for restoring.
    package mutating func restore(_ silence: Silence) {
        byID[silence.id] = silence
        index = nil
    }

    /// Forgets the silences whose retention is over, and returns their ids.
    package mutating func collectGarbage(at now: WallTime) -> [String] {
        let over = byID.values.filter { $0.endsAt + retention <= now }.map(\.id)
        for id in over { byID[id] = nil }
        if !over.isEmpty { index = nil }
        return over
    }
}
