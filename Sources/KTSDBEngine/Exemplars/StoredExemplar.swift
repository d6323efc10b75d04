internal import KTSDBModel

/// An exemplar that is written to a block or read from one.
struct StoredExemplar: Hashable, Sendable {
    var time: Int64
    var value: Double
    /// The string form of its labels.
    var labels: [UInt8]

    static func == (left: StoredExemplar, right: StoredExemplar) -> Bool {
        left.time == right.time && left.value.bitPattern == right.value.bitPattern && left.labels == right.labels
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(time)
        hasher.combine(value.bitPattern)
    }

    var exemplar: Exemplar {
        Exemplar(
            labels: Labels(uncheckedStringForm: labels), value: value, timestamp: Timestamp(milliseconds: time))
    }

    /// Compares by time, then value, then the hash of the labels, then the labels: the order in which a series accepts
    /// exemplars.
    static func isBefore(_ left: StoredExemplar, _ right: StoredExemplar) -> Bool {
        if left.time != right.time { return left.time < right.time }
        if left.value.bitPattern != right.value.bitPattern {
            return left.value.isTotallyOrdered(belowOrEqualTo: right.value)
        }
        let hashes = (
            Labels(uncheckedStringForm: left.labels).fingerprint, Labels(uncheckedStringForm: right.labels).fingerprint
        )
        if hashes.0 != hashes.1 { return hashes.0 < hashes.1 }
        return left.labels.lexicographicallyPrecedes(right.labels)
    }

    /// Returns the exemplars in order, each once.
    static func sorted(_ exemplars: [StoredExemplar]) -> [StoredExemplar] {
        var result: [StoredExemplar] = []
        for exemplar in exemplars.sorted(by: isBefore) where result.last != exemplar { result.append(exemplar) }
        return result
    }

    /// Returns what blocks keep of a series' exemplars: the newest of each minute.
    static func thinned(_ exemplars: [StoredExemplar]) -> [StoredExemplar] {
        var result: [StoredExemplar] = []
        for exemplar in sorted(exemplars) {
            if let last = result.last, minute(last.time) == minute(exemplar.time) { result.removeLast() }
            result.append(exemplar)
        }
        return result
    }

    private static func minute(_ time: Int64) -> Int64 { TimeWindow.number(of: time, length: 60_000) }
}
