import KTSDB
public import KTSDBModel

/// A PromQL test script's data in the real engine: the older half of the samples in sealed blocks, the newer in the head.
///
/// Series with histograms or start times stay in a plain table, which queries read beside the database.
///
/// Scripts may add samples in any order of time, which the engine does not take; so the database is made anew from all
/// samples, in order, when a query follows a load.
public struct DatabaseTestStorage: PromQLTestStorage {
    private var reference = ReferenceDatabase()
    private var database: Database?

    /// Creates an empty storage.
    public init() {}

    /// Throws all data away.
    public mutating func removeAll() {
        reference.removeAll()
        database = nil
    }

    /// Adds samples in any order of time; a sample of the same series at the same time is replaced.
    public mutating func append(_ samples: [Sample], to labels: Labels) {
        reference.append(samples, to: labels)
        database = nil
    }

    /// Adds histograms in any order of time.
    public mutating func append(_ histograms: [TimedHistogram], to labels: Labels) {
        reference.append(histograms, to: labels)
        database = nil
    }

    /// Says when the counting began that samples of a series are the result of.
    public mutating func setStartTimes(_ starts: [Timestamp: Int64], of labels: Labels) {
        reference.setStartTimes(starts, of: labels)
        database = nil
    }

    /// A view of the database.
    public var source: any SeriesSource {
        mutating get throws {
            let filled = try database ?? Self.database(holding: reference)
            database = filled
            guard reference.allSeries.contains(where: reference.isBeyondFloats) else { return filled.readView() }
            var rest = reference
            for labels in reference.allSeries where !reference.isBeyondFloats(labels) { rest.remove(labels) }
            return JoinedSource(first: filled.readView(), second: rest)
        }
    }

    /// An engine in memory that holds what `reference` holds.
    private static func database(holding reference: ReferenceDatabase) throws -> Database {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.openSpanLimit = .zero
        let database = Database.inMemory(configuration)
        var rows: [(time: Timestamp, series: Int, value: Double)] = []
        let series = reference.allSeries.filter { !reference.isBeyondFloats($0) }
        for (number, labels) in series.enumerated() {
            for sample in reference.samples(of: labels) { rows.append((sample.timestamp, number, sample.value)) }
        }
        rows.sort { ($0.time, $0.series) < ($1.time, $1.series) }
        let middle = rows.count / 2
        try append(rows[..<middle], of: series, to: database)
        database.maintain()
        precondition(middle == 0 || database.statistics.blocks > 0, "The older half should be in blocks.")
        try append(rows[middle...], of: series, to: database)
        return database
    }

    private static func append(
        _ rows: ArraySlice<(time: Timestamp, series: Int, value: Double)>, of series: [Labels], to database: Database
    ) throws {
        let summary = try database.append { batch in
            for row in rows { batch.append(row.value, at: row.time, to: series[row.series]) }
        }
        guard summary.appended == rows.count else { throw RejectedSamples(summary: summary) }
    }

    private struct RejectedSamples: Error, CustomStringConvertible {
        var summary: CommitSummary
        var description: String { "the database refused samples: \(summary.rejections)" }
    }
}

/// Two sources that have no series in common, as one.
private struct JoinedSource: SeriesSource {
    let first: any SeriesSource
    let second: any SeriesSource

    func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>
    ) throws(ReadError) -> any SelectedSeries {
        Joined([try first.select(matchers, in: range), try second.select(matchers, in: range)])
    }

    private struct Joined: SelectedSeries {
        private let parts: [any SelectedSeries]
        /// In canonical order.
        private let order: [(part: Int, position: Int)]

        init(_ parts: [any SelectedSeries]) {
            self.parts = parts
            order = parts.indices.flatMap { part in (0..<parts[part].count).map { (part: part, position: $0) } }
                .map { (place: $0, labels: parts[$0.part].labels(at: $0.position)) }
                .sorted { ($0.labels.fingerprint, $0.labels) < ($1.labels.fingerprint, $1.labels) }
                .map(\.place)
        }

        var count: Int { order.count }
        func labels(at position: Int) -> Labels { parts[order[position].part].labels(at: order[position].position) }
        func decode(_ position: Int, into columns: inout SampleColumns) throws(ReadError) {
            try parts[order[position].part].decode(order[position].position, into: &columns)
            // The two sources number their time columns each in their own way.
            if order[position].part > 0 { columns.timeColumnID = 0 }
        }
    }
}
