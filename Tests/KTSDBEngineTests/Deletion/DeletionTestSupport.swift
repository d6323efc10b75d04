import KTSDBModel
import KTSDBTesting

@testable import KTSDBEngine

/// Databases whose deletions can be undone for an hour, and what they show.
enum DeletionTestSupport {
    static let minute: Int64 = 60_000, hour: Int64 = 3_600_000, day: Int64 = 86_400_000
    /// The beginning of a window of two hours.
    static let start: Int64 = 1_700_000_000_000 / (2 * hour) * (2 * hour)
    static let everything = Timestamp(milliseconds: -1 << 50)...Timestamp(milliseconds: 1 << 50)

    static func configuration(_ clocks: MovableClocks) -> Database.Configuration {
        var configuration = Database.Configuration()
        configuration.durability = .durable
        configuration.runsMaintenance = false
        configuration.deletionUndoPeriod = .seconds(3600)
        configuration.checkpointLogByteLimit = 4000
        configuration.logSegmentByteLimit = 3000
        configuration.compactsWhenDue = false
        configuration.wallClock = { clocks.now }
        return configuration
    }

    static func open(_ files: any FileSystem, _ clocks: MovableClocks) throws(OpenError) -> Database {
        try Database(files: files, path: "/data", configuration: configuration(clocks))
    }

    static func range(_ first: Int64, _ last: Int64) -> ClosedRange<Timestamp> {
        Timestamp(milliseconds: first)...Timestamp(milliseconds: last)
    }

    /// The bits of all samples by time; a histogram counts as the negative of its sum.
    static func contents(
        _ view: ReadView, in range: ClosedRange<Timestamp> = everything
    ) throws -> [Labels: [Int64: UInt64]] {
        var found: [Labels: [Int64: UInt64]] = [:]
        for series in try view.series(in: range) {
            let samples = try series.samples()
            for sample in samples {
                found[series.labels, default: [:]][sample.timestamp.milliseconds] = sample.value.bitPattern
            }
            for sample in samples.histograms {
                found[series.labels, default: [:]][sample.timestamp.milliseconds] = (-sample.histogram.sum).bitPattern
            }
        }
        return found
    }

    /// Appends a random sample to each of these series, every other one with an exemplar, and notes that in the model.
    static func append(
        _ series: [(labels: Labels, isHistogram: Bool)], at time: Int64, to database: Database,
        _ model: inout DeletionModel, _ random: inout SeededGenerator
    ) throws -> CommitSummary {
        try database.append { batch in
            let timestamp = Timestamp(milliseconds: time)
            for (labels, isHistogram) in series {
                let value = Double(1 + random.below(1000))
                if isHistogram {
                    batch.append(histogram(value), at: timestamp, to: labels)
                } else {
                    batch.append(value, at: timestamp, to: labels)
                }
                model.append(value, isHistogram: isHistogram, at: time, to: labels)
                guard random.oneIn(2) else { continue }
                // One that equals the one before would count as the same.
                batch.append(Exemplar(labels: ["trace_id": "\(time)"], value: value), at: timestamp, to: labels)
                model.appendExemplar(value, at: time, to: labels)
            }
        }
    }

    /// The values of all exemplars by time.
    static func exemplars(_ view: ReadView) throws -> [Labels: [Int64: Double]] {
        var found: [Labels: [Int64: Double]] = [:]
        for series in try view.exemplars(matching: [[]], in: everything) {
            for exemplar in series.exemplars {
                found[series.labels, default: [:]][exemplar.timestamp!.milliseconds] = exemplar.value
            }
        }
        return found
    }

    static func histogram(_ value: Double) -> Histogram {
        Histogram(schema: 0, count: value, sum: value, positive: HistogramBuckets(offset: 0, counts: [value]))
    }
}
