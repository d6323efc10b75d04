internal import KTSDBEngine
internal import KTSDBModel

/// What a view shows, bit for bit.
package struct HistoryContents: Equatable {
    var samples: [Labels: [Int64: UInt64]] = [:]
    var records: [String: String] = [:]

    static let space: RecordSpace = "history"
    static let everything = Timestamp(milliseconds: -1 << 52)...Timestamp(milliseconds: 1 << 52)

    init(_ view: ReadView) throws {
        for series in try view.series(in: Self.everything) {
            var found: [Int64: UInt64] = [:]
            let own = try series.samples()
            for sample in own { found[sample.timestamp.milliseconds] = sample.value.bitPattern }
            for sample in own.histograms { found[sample.timestamp.milliseconds] = sample.histogram.bits }
            if !found.isEmpty { samples[series.labels] = found }
        }
        for (key, bytes) in view.records(in: Self.space) { records[key] = String(decoding: bytes, as: UTF8.self) }
    }

    /// A plain model with these samples.
    var reference: ReferenceDatabase {
        var reference = ReferenceDatabase()
        for (labels, samples) in samples {
            for (time, bits) in samples.sorted(by: { $0.key < $1.key }) {
                let timestamp = Timestamp(milliseconds: time)
                if let histogram = Histogram(bits: bits) {
                    reference.append([TimedHistogram(timestamp: timestamp, histogram: histogram)], to: labels)
                } else {
                    reference.append(Double(bitPattern: bits), at: timestamp, to: labels)
                }
            }
        }
        return reference
    }

    /// Returns the first difference from what a model says; nil if they agree. Samples before `horizon` may be
    /// missing, and must be if they are `tolerance` before it.
    func difference(
        from model: HistoryModel, keepsLast: Bool, horizon: Int64?, tolerance: Int64 = 2_000
    ) -> String? {
        if records != model.records { return "records: \(records), not \(model.records)" }
        let expected = model.visible(keepsLast: keepsLast)
        for (labels, found) in samples {
            for (time, bits) in found {
                if let horizon, time < horizon - tolerance { return "\(labels) at \(time) is before the horizon" }
                guard let known = expected[labels]?[time] else { return "\(labels) has a sample at \(time): \(bits)" }
                if known != bits { return "\(labels) at \(time) is \(bits), not \(known)" }
            }
        }
        let first = max(model.removedBefore, horizon ?? .min)
        for (labels, known) in expected {
            for (time, bits) in known where samples[labels]?[time] == nil {
                if first == .min || time >= first + tolerance { return "\(labels) has no sample at \(time): \(bits)" }
            }
        }
        return nil
    }

    /// Returns the first difference from other contents; nil if they are the same. With `start`, those that are a bit
    /// later than that count.
    func difference(from other: HistoryContents, since start: Int64? = nil) -> String? {
        if records != other.records { return "records: \(records), not \(other.records)" }
        for labels in Set(samples.keys).union(other.samples.keys) {
            let own = samples[labels] ?? [:], known = other.samples[labels] ?? [:]
            for time in Set(own.keys).union(known.keys) where own[time] != known[time] {
                if let start, time < start + 10_000 { continue }
                return "\(labels) at \(time): \(own[time].map { "\($0)" } ?? "nothing"), not "
                    + "\(known[time].map { "\($0)" } ?? "nothing")"
            }
        }
        return nil
    }
}
