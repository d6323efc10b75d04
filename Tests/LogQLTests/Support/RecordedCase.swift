import Foundation
import KTSDBModel
import LogQL

/// A question, and what was answered to it.
struct RecordedCase {
    private let fields: [String: Any]
    private let answer: [String: Any]

    init?(_ fields: [String: Any]) {
        guard let answer = fields["answer"] as? [String: Any] else { return nil }
        self.fields = fields
        self.answer = answer
    }

    var id: String { fields["id"] as? String ?? "" }
    var query: String { fields["query"] as? String ?? "" }
    var isInstant: Bool { fields["kind"] as? String == "instant" }
    var isDisputed: Bool { fields["disputed"] != nil }
    var wantsCategories: Bool { fields["categorize"] as? Bool ?? false }
    /// 200 or the status of an error.
    var status: Int { answer["status"] as? Int ?? 0 }
    var errorText: String? { answer["error"] as? String }
    var hasFlags: Bool { answer["flags"] != nil }
    var type: String { answer["type"] as? String ?? "" }
    /// The values of an answer that sorts, in its order.
    var order: [String]? { answer["order"] as? [String] }
    /// The whole result, as it is in the answer.
    var result: Any? { answer["result"] }

    /// A parameter as a client writes it; nil if it is not given.
    func parameter(_ name: String) -> String? { fields[name].map { "\($0)" } }

    /// A time as nanoseconds since 1970: a number is an offset in seconds, a text one in nanoseconds.
    func time(_ name: String, default seconds: Double) -> Int64 {
        let base = RecordedDataSet.base * 1_000_000_000
        if let text = fields[name] as? String { return base + (Int64(text) ?? 0) }
        return base + Int64(((fields[name] as? Double ?? seconds) * 1e9).rounded())
    }
}

/// An answer in the form in which answers are compared: rows by their labels.
struct ComparableAnswer: Equatable {
    /// Lines and points as texts that are compared exactly, and numbers that are compared nearly.
    struct Row: Equatable {
        var texts: [String] = []
        var times: [Double] = []
        var numbers: [Double] = []
    }

    var type: String
    var rows: [String: [Row]] = [:]

    /// - Returns: nil if the recorded result is malformed.
    init?(_ recorded: RecordedCase) {
        type = recorded.type
        if type == "scalar" {
            guard let text = recorded.result as? String, let number = Self.number(text) else { return nil }
            rows[""] = [Row(numbers: [number])]
            return
        }
        for element in recorded.result as? [[Any]] ?? [] {
            guard let labels = element[0] as? [String: String] else { return nil }
            var row = Row()
            switch type {
            case "streams":
                for value in element[1] as? [[Any]] ?? [] {
                    guard let time = value[0] as? Int64, let line = value[1] as? String else { return nil }
                    row.texts.append("\(time) \(line)" + Self.text(categories: value.count > 2 ? value[2] : nil))
                }
            case "vector":
                guard let time = element[1] as? Double, let number = Self.number(element[2] as? String) else {
                    return nil
                }
                row = Row(times: [time], numbers: [number])
            default:
                for point in element[1] as? [[Any]] ?? [] {
                    guard let time = point[0] as? Double, let number = Self.number(point[1] as? String) else {
                        return nil
                    }
                    row.times.append(time)
                    row.numbers.append(number)
                }
            }
            rows[Self.text(labels), default: []].append(row)
        }
    }

    init(_ value: LogQLValue, categorized: Bool) {
        let base = RecordedDataSet.base * 1_000_000_000
        func seconds(_ time: Int64) -> Double { (Double(time - base) / 1e6).rounded() / 1e3 }
        switch value {
        case .scalar(let number, _):
            type = "scalar"
            rows[""] = [Row(numbers: [number])]
        case .vector(let samples):
            type = "vector"
            for sample in samples {
                rows[Self.text(sample.labels.pairs), default: []].append(
                    Row(times: [seconds(sample.time)], numbers: [sample.value]))
            }
        case .matrix(let series):
            type = "matrix"
            for series in series {
                rows[Self.text(series.labels.pairs), default: []].append(
                    Row(times: series.times.map(seconds), numbers: series.values))
            }
        case .streams(let streams):
            type = "streams"
            for stream in streams {
                var labels = stream.labels.pairs
                for name in stream.emptyLabels { labels[name] = "" }
                let texts = stream.lines.map { line in
                    var parsed = line.parsed.pairs
                    for name in line.emptyLabels { parsed[name] = "" }
                    let categories = ["structuredMetadata": line.metadata.pairs, "parsed": parsed]
                    return "\(line.time - base) \(String(decoding: line.line, as: UTF8.self))"
                        + Self.text(categories: categorized ? categories.filter { !$0.value.isEmpty } : nil)
                }
                rows[Self.text(labels), default: []].append(Row(texts: texts))
            }
        }
    }

    private static func text(_ labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.debugDescription)" }.joined(separator: ",")
    }

    private static func text(categories: Any?) -> String {
        guard let categories = categories as? [String: [String: String]] else { return "" }
        return categories.sorted { $0.key < $1.key }.map { " \($0.key){\(text($0.value))}" }.joined()
    }

    private static func number(_ text: String?) -> Double? {
        switch text {
        case nil: nil
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        case .some(let text): Double(text)
        }
    }

    /// Returns the first difference from `wanted`, in words; nil if both are equal.
    func difference(from wanted: ComparableAnswer) -> String? {
        guard type == wanted.type else { return "\(type) instead of \(wanted.type)" }
        for (labels, rows) in wanted.rows.sorted(by: { $0.key < $1.key }) {
            guard let mine = self.rows[labels] else { return "missing: {\(labels)}" }
            guard mine.count == rows.count else { return "{\(labels)}: \(mine.count) rows instead of \(rows.count)" }
            for (a, b) in zip(mine, rows) {
                if let text = Self.difference(a, from: b) { return "{\(labels)}: \(text)" }
            }
        }
        return self.rows.keys.sorted().first { wanted.rows[$0] == nil }.map { "too much: {\($0)}" }
    }

    private static func difference(_ mine: Row, from wanted: Row) -> String? {
        for (a, b) in zip(mine.texts, wanted.texts) where a != b {
            return "\(a.debugDescription) instead of \(b.debugDescription)"
        }
        if mine.texts.count != wanted.texts.count { return "\(mine.texts.count) lines, not \(wanted.texts.count)" }
        if mine.times.count != wanted.times.count { return "\(mine.times) instead of \(wanted.times)" }
        for (a, b) in zip(mine.times, wanted.times) where abs(a - b) > 1e-3 { return "a point at \(a), not at \(b)" }
        for (index, (a, b)) in zip(mine.numbers, wanted.numbers).enumerated() where !isNear(a, b) {
            return "\(a) instead of \(b) as point \(index)"
        }
        return nil
    }

    static func isNear(_ a: Double, _ b: Double) -> Bool {
        a == b || (a.isNaN && b.isNaN) || abs(a - b) <= 1e-9 * max(abs(a), abs(b))
    }
}

extension Labels {
    /// The labels as a dictionary.
    var pairs: [String: String] { Dictionary(map { ($0.name, $0.value) }) { first, _ in first } }
}
