import KTSDBEngine
public import KTSDBModel

/// Stores the data of a PromQL test script in the real engine: the older half of the samples in sealed blocks, the
/// newer half in the head.
///
/// Scripts may add samples in any order of time, which the engine does not accept. So when a query follows a load, the
/// database is rebuilt from all samples, in order.
public struct DatabaseTestStorage: PromQLTestStorage {
    private var reference = ReferenceDatabase()
    private var database: Database?

    /// Creates an empty storage.
    public init() {}

    /// Discards all data.
    public mutating func removeAll() {
        reference.removeAll()
        database = nil
    }

    /// Adds samples in any order of time; replaces samples of the same series at the same times.
    public mutating func append(_ samples: [Sample], to labels: Labels) {
        reference.append(samples, to: labels)
        database = nil
    }

    /// Adds histograms in any order of time.
    public mutating func append(_ histograms: [TimedHistogram], to labels: Labels) {
        reference.append(histograms, to: labels)
        database = nil
    }

    /// Sets the start times of a series' samples: when the counting that led to each of them began.
    public mutating func setStartTimes(_ starts: [Timestamp: Int64], of labels: Labels) {
        reference.setStartTimes(starts, of: labels)
        database = nil
    }

    /// A read view of the database.
    public var source: any SeriesSource {
        mutating get throws {
            let filled = try database ?? Self.database(holding: reference)
            database = filled
            return filled.readView()
        }
    }

    /// Creates a database in memory with the content of `reference`.
    private static func database(holding reference: ReferenceDatabase) throws -> Database {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.openSpanLimit = .zero
        let database = Database.inMemory(configuration)
        var rows: [(time: Timestamp, series: Int, value: Double)] = []
        let series = reference.allSeries
        for (number, labels) in series.enumerated() {
            for sample in reference.samples(of: labels) { rows.append((sample.timestamp, number, sample.value)) }
        }
        rows.sort { ($0.time, $0.series) < ($1.time, $1.series) }
        let middle = rows.count / 2
        try append(rows[..<middle], of: series, in: reference, to: database)
        database.maintain()
        precondition(middle == 0 || database.statistics.blocks > 0, "The older half should be in blocks.")
        try append(rows[middle...], of: series, in: reference, to: database)
        return database
    }

    private static func append(
        _ rows: ArraySlice<(time: Timestamp, series: Int, value: Double)>, of series: [Labels],
        in reference: ReferenceDatabase, to database: Database
    ) throws {
        let summary = try database.append { batch in
            for row in rows {
                let labels = series[row.series]
                let start = reference.startTime(of: labels, at: row.time)
                if let histogram = reference.histogram(of: labels, at: row.time) {
                    batch.append(histogram, at: row.time, startedAt: start, to: labels)
                } else if let start {
                    batch.append(row.value, at: row.time, startedAt: start, to: labels)
                } else {
                    batch.append(row.value, at: row.time, to: labels)
                }
            }
        }
        guard summary.appended == rows.count else { throw RejectedSamples(summary: summary) }
    }

    private struct RejectedSamples: Error, CustomStringConvertible {
        var summary: CommitSummary
        var description: String { "the database refused samples: \(summary.rejections)" }
    }
}
