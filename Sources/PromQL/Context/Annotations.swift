internal import KTSDBModel
internal import Synchronization

/// What a query reports besides its value: warnings and infos, each text once.
///
/// Texts are Prometheus' own, for the tools that show or match them. Equal texts from several places count as one, with
/// the place that came last.
final class Annotations: Sendable {
    enum Level { case warning, info }

    private struct Entry {
        var level: Level
        var place: Int
        var repair: MonotonicityRepair?
        /// How many histograms were repaired, by the place of the function.
        var repairs: [Int: RepairCount] = [:]
        /// How often it was added, where that is reported.
        var occurrences = 0
    }
    private let entries = Mutex<[String: Entry]>([:])
    /// Bytes of all texts.
    private let byteCount = Atomic(0)

    /// The annotations of an operator, at most one for each step: that about the last series, by labels.
    /// Prometheus keeps the last annotation.
    struct LastAnnotations {
        /// Where the operator starts in the text.
        var place: Int
        var steps: [Int: (labels: Labels, annotation: HistogramAnnotation)] = [:]
    }
    /// By operator.
    private let last = Mutex<[LastAnnotations]>([])

    /// Texts kept at most: a text may hold a metric's name, and there may be millions of those.
    private static let limit = 1000
    /// Bytes of texts kept at most.
    private static let byteLimit = 1 << 20

    func add(_ level: Level, _ text: String, at place: Int) {
        let prefix = level == .warning ? "PromQL warning: " : "PromQL info: "
        entries.withLock { entries in
            let text = prefix + text
            guard entries[text] != nil || hasRoom(for: text, entries.count) else { return }
            entries[text] = Entry(level: level, place: place)
        }
    }

    /// Counts a new text in addition to `count` others, if there is room for it.
    private func hasRoom(for text: String, _ count: Int) -> Bool {
        let size = text.utf8.count
        guard count < Self.limit, byteCount.load(ordering: .relaxed) + size <= Self.byteLimit else { return false }
        byteCount.add(size, ordering: .relaxed)
        return true
    }

    /// Makes room for the annotations of an operator.
    /// - Returns: its number.
    func addOperator(at place: Int) -> Int {
        last.withLock { last in
            last.append(LastAnnotations(place: place))
            return last.count - 1
        }
    }

    /// Adds a annotation about one series at one step of an operator, unless there is one about a later series.
    func addLast(_ annotation: HistogramAnnotation, to number: Int, step: Int, of labels: Labels) {
        last.withLock { last in
            if let old = last[number].steps[step], labels < old.labels { return }
            last[number].steps[step] = (labels, annotation)
        }
    }

    /// Adds that points of rollups, with intervals of this many milliseconds, were used although the result may differ
    /// from that of all samples.
    func addRollups(_ interval: Int64, at place: Int) {
        let length = interval % 1000 == 0 ? "\(interval / 1000)s" : "\(interval)ms"
        add(.info, "rollups of \(length) were used in place of samples, so the result is approximate", at: place)
    }

    /// Adds that a quantile is outside 0...1, if it is.
    func addInvalidQuantile(_ value: Double, at place: Int) {
        guard value.isNaN || value < 0 || value > 1 else { return }
        add(.warning, "quantile value should be between 0 and 1, got \(goFormat(value))", at: place)
    }

    /// Adds that buckets had to be repaired at one of `steps` steps; the extent of repairs in one histogram's name is
    /// joined into one text.
    func add(_ repair: MonotonicityRepair, metricName: String, at place: Int, step: Int, of steps: Int) {
        let text =
            "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see "
            + "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)"
            + (metricName.isEmpty ? "" : " for metric name \(goQuoted(metricName))")
        entries.withLock { entries in
            if let old = entries[text]?.repair {
                entries[text]?.repair = old.joined(with: repair)
            } else {
                guard hasRoom(for: text, entries.count) else { return }
                entries[text] = Entry(level: .info, place: place, repair: repair)
            }
            entries[text]?.repairs[place, default: RepairCount(steps: steps)].counts[step, default: 0] += 1
        }
    }

    /// Warns that a start time overlaps the previous sample; counts occurrences.
    func addStartTimeOverlap(metricName: String, at place: Int) {
        let text =
            "PromQL warning: sample has start time that overlaps with previous sample timestamp for metric "
            + goQuoted(metricName)
        entries.withLock { entries in
            guard entries[text] != nil || hasRoom(for: text, entries.count) else { return }
            entries[text, default: Entry(level: .warning, place: place)].occurrences += 1
        }
    }

    /// All texts with their places, in alphabetical order. `query` is the text that places count in.
    func texts(in query: String) -> (warnings: [String], infos: [String]) {
        for annotations in last.withLock({ $0 }) {
            for (_, annotation) in annotations.steps.values { add(annotation, at: annotations.place) }
        }
        var warnings: [String] = [], infos: [String] = []
        let bytes = Array(query.utf8)
        for (text, entry) in entries.withLock({ $0 }) {
            let extent =
                entry.repair.map { $0.text(count: entry.repairs.values.reduce(0) { $0 &+ $1.total }) }
                ?? (entry.occurrences > 1 ? " (\(entry.occurrences) occurrences)" : "")
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
