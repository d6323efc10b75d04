package import KTSDBModel

/// One alert as a notifier knows it: its labels identify it.
package struct ReceivedAlert: Hashable, Sendable {
    /// What identifies the alert.
    package var labels: Labels
    package var annotations: KeyValues
    package var startsAt: WallTime
    /// When it is over; nil if that is not known, as in a notification about a firing alert.
    package var endsAt: WallTime?
    package var generatorURL: String
    /// When it was last received.
    package var updatedAt: WallTime
    /// Whether the end was not given but set by `resolve_timeout`.
    package var isTimeout: Bool
    /// What the rule that it is from says of its value.
    package var values = ReportedValues()

    package init(
        labels: Labels, annotations: KeyValues = KeyValues(), startsAt: WallTime, endsAt: WallTime? = nil,
        generatorURL: String = "", updatedAt: WallTime, isTimeout: Bool = false
    ) {
        self.labels = labels
        self.annotations = annotations
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.generatorURL = generatorURL
        self.updatedAt = updatedAt
        self.isTimeout = isTimeout
    }

    /// Whether the alert is over at a moment; its end counts as over.
    package func isResolved(at time: WallTime) -> Bool {
        guard let endsAt else { return false }
        return endsAt <= time
    }

    /// Moves all times.
    mutating func move(by jump: Duration) {
        startsAt = startsAt + jump
        endsAt = endsAt.map { $0 + jump }
        updatedAt = updatedAt + jump
    }

    /// The same alert as a notification shows it: without an end unless that is past.
    package func shown(at time: WallTime) -> ReceivedAlert {
        var alert = self
        if !isResolved(at: time) { alert.endsAt = nil }
        return alert
    }
}

extension ReceivedAlert {
    /// Returns one alert of two versions: the earliest start, and everything else of the version received last, except
    /// that a later end which was given explicitly is kept.
    package func merged(with other: ReceivedAlert, at now: WallTime) -> ReceivedAlert {
        if other.updatedAt < updatedAt { return other.merged(with: self, at: now) }
        var result = other
        result.startsAt = min(startsAt, other.startsAt)
        guard let end = endsAt, other.endsAt.map({ end > $0 }) ?? true else { return result }
        // Both are over: the later end counts. The newer is not: a timeout does not overrule it.
        if other.isResolved(at: now) ? isResolved(at: now) : !isTimeout { result.endsAt = end }
        return result
    }

    /// Whether the times of two versions overlap, so that they are the same alert, and not the next one.
    func overlaps(newer: ReceivedAlert) -> Bool {
        let start = startsAt, end = endsAt ?? .zero, newEnd = newer.endsAt ?? .zero
        return newEnd > start && newEnd < end || newer.startsAt > start && newer.startsAt < end
    }
}

extension ReceivedAlert {
    /// The order of alerts in a notification: by `job`, then by `instance`, then by all labels. An alert without such a
    /// label comes after those that have it.
    package static func precedes(_ left: ReceivedAlert, _ right: ReceivedAlert) -> Bool {
        for name in ["job", "instance"] {
            switch (left.labels[name], right.labels[name]) {
            case (nil, nil): continue
            case (nil, _): return false
            case (_, nil): return true
            case (let a?, let b?):
                if !a.utf8.elementsEqual(b.utf8) { return a.utf8.lexicographicallyPrecedes(b.utf8) }
            }
        }
        return left.labels < right.labels
    }

    /// The hash by which the notification log remembers an alert: xxHash64 of its labels.
    package var logHash: UInt64 {
        var bytes: [UInt8] = []
        AlertFingerprint.visit(labels) { bytes.append($0) }
        return XXHash64.hash(bytes.span.rawBytes)
    }
}
