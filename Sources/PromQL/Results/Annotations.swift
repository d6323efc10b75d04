internal import KTSDBModel
internal import Synchronization

/// What a query has to say besides its value: warnings and infos, each text once.
///
/// Texts are Prometheus' own, for the tools that show or match them. Equal texts from several places count as one, with
/// the place that came last.
final class Annotations: Sendable {
    enum Level { case warning, info }

    private struct Entry {
        var level: Level
        var place: Int
        var repair: MonotonicityRepair?
        /// How often it was said, where that is told.
        var occurrences = 0
    }
    private let entries = Mutex<[String: Entry]>([:])

    /// Texts kept at most: a text may hold a metric's name, and there may be millions of those.
    private static let limit = 1000

    func add(_ level: Level, _ text: String, at place: Int) {
        let prefix = level == .warning ? "PromQL warning: " : "PromQL info: "
        entries.withLock { entries in
            let text = prefix + text
            guard entries.count < Self.limit || entries[text] != nil else { return }
            entries[text] = Entry(level: level, place: place)
        }
    }

    /// Adds that a quantile is outside 0...1, if it is.
    func addInvalidQuantile(_ value: Double, at place: Int) {
        guard value.isNaN || value < 0 || value > 1 else { return }
        add(.warning, "quantile value should be between 0 and 1, got \(goFormat(value))", at: place)
    }

    /// Adds that buckets had to be repaired; the extent of repairs in one histogram's name is joined into one text.
    func add(_ repair: MonotonicityRepair, metricName: String, at place: Int) {
        let text =
            "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see "
            + "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)"
            + (metricName.isEmpty ? "" : " for metric name \(goQuoted(metricName))")
        entries.withLock { entries in
            if let old = entries[text]?.repair {
                entries[text]?.repair = old.joined(with: repair)
            } else {
                entries[text] = Entry(level: .info, place: place, repair: repair)
            }
        }
    }

    /// Adds that a sample began to be counted before the one before it was taken; how often is told.
    func addStartTimeOverlap(metricName: String, at place: Int) {
        let text =
            "PromQL warning: sample has start time that overlaps with previous sample timestamp for metric "
            + goQuoted(metricName)
        entries.withLock { entries in
            entries[text, default: Entry(level: .warning, place: place)].occurrences += 1
        }
    }

    /// All texts with their places, in alphabetical order. `query` is the text that places count in.
    func texts(in query: String) -> (warnings: [String], infos: [String]) {
        var warnings: [String] = [], infos: [String] = []
        let bytes = Array(query.utf8)
        for (text, entry) in entries.withLock({ $0 }) {
            let extent =
                entry.repair.map(\.text) ?? (entry.occurrences > 1 ? " (\(entry.occurrences) occurrences)" : "")
            let full = "\(text)\(extent) (\(Self.position(entry.place, in: bytes)))"
            switch entry.level {
            case .warning: warnings.append(full)
            case .info: infos.append(full)
            }
        }
        return (warnings.sorted(), infos.sorted())
    }

    /// `line:column` from 1, columns in bytes.
    private static func position(_ place: Int, in bytes: [UInt8]) -> String {
        if bytes.isEmpty { return "unknown position" }
        guard place >= 0, place <= bytes.count else { return "invalid position" }
        let before = bytes[..<place]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return "\(line):\(place - lineStart + 1)"
    }
}

/// How much of the counts of classic buckets had to be raised so that they never fall with the bound.
struct MonotonicityRepair: Sendable {
    /// The times of the first and last histogram, in milliseconds.
    var firstTime: Int64
    var lastTime: Int64
    /// The lowest and highest bound whose count was raised.
    var lowestBound: Double
    var highestBound: Double
    /// The most that a count was raised by.
    var largestDifference: Double
    /// The number of histograms.
    var count = 1

    func joined(with other: MonotonicityRepair) -> MonotonicityRepair {
        MonotonicityRepair(
            firstTime: min(firstTime, other.firstTime), lastTime: max(lastTime, other.lastTime),
            lowestBound: min(lowestBound, other.lowestBound), highestBound: max(highestBound, other.highestBound),
            largestDifference: max(largestDifference, other.largestDifference), count: count + other.count)
    }

    var text: String {
        ", from buckets \(goFormat(lowestBound)) to \(goFormat(highestBound)), with a max diff of "
            + "\(goFormat(largestDifference, significantDigits: 2)), over \(count) samples from "
            + "\(CalendarTime(milliseconds: firstTime).text) to \(CalendarTime(milliseconds: lastTime).text)"
    }
}
