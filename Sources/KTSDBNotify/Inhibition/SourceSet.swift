internal import KTSDBModel

/// The source alerts of a rule that have the same values of its `equal` labels.
///
/// Only those that were firing when last looked at are searched: each alert is taken out once when it is over, so that
/// a search costs no more than the updates before it.
struct SourceSet: Sendable {
    /// Sources, and when they are over.
    private var ends: [Labels: WallTime?] = [:]
    /// Those that may be firing, and the place of each in the list.
    private var firing: [Labels] = []
    private var places: [Labels: Int] = [:]

    var isEmpty: Bool { ends.isEmpty }

    mutating func update(_ alert: ReceivedAlert, at now: WallTime) {
        ends[alert.labels] = .some(alert.endsAt)
        if alert.isResolved(at: now) {
            removeFromFiring(alert.labels)
        } else if places[alert.labels] == nil {
            places[alert.labels] = firing.count
            firing.append(alert.labels)
        }
    }

    /// Forgets a source.
    mutating func remove(_ labels: Labels) {
        ends[labels] = nil
        removeFromFiring(labels)
    }

    /// A source that fires at `now`, other than `target` itself.
    mutating func anyFiring(at now: WallTime) -> Labels? {
        while let last = firing.last {
            guard let end = ends[last] ?? nil, end <= now else { return last }
            removeFromFiring(last)
        }
        return nil
    }

    private mutating func removeFromFiring(_ labels: Labels) {
        guard let place = places.removeValue(forKey: labels) else { return }
        let last = firing.removeLast()
        if place < firing.count {
            firing[place] = last
            places[last] = place
        }
    }
}
