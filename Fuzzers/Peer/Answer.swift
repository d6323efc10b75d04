import Foundation
import KTSDBModel
import PromQL

/// A system's answer to a query, in a form in which two answers can be compared.
enum Answer: CustomStringConvertible {
    /// Points by series and time in milliseconds. A scalar is one series without labels.
    case points([Labels: [Int64: Value]])
    case error(String)

    /// A point's value.
    enum Value {
        case number(Double)
        case histogram(PrintedHistogram)

        var number: Double? { if case .number(let number) = self { number } else { nil } }
        var histogram: PrintedHistogram? { if case .histogram(let histogram) = self { histogram } else { nil } }
    }

    init(_ result: QueryResult) {
        var points: [Labels: [Int64: Value]] = [:]
        switch result.value {
        case .scalar(let sample): points[Labels()] = [sample.timestamp.milliseconds: .number(sample.value)]
        case .string: break
        case .vector(let elements):
            for element in elements {
                points[element.labels, default: [:]][element.timestamp.milliseconds] =
                    element.histogram.map { .histogram(PrintedHistogram($0)) } ?? .number(element.value)
            }
        case .matrix(let series):
            for series in series {
                for sample in series.samples {
                    points[series.labels, default: [:]][sample.timestamp.milliseconds] = .number(sample.value)
                }
                for (time, histogram) in zip(series.histogramTimestamps, series.histograms) {
                    points[series.labels, default: [:]][time.milliseconds] = .histogram(PrintedHistogram(histogram))
                }
            }
        }
        self = .points(points)
    }

    /// Reads an answer of Prometheus' HTTP API.
    init(json: Data) throws {
        guard let answer = try JSONSerialization.jsonObject(with: json) as? [String: Any] else {
            throw MalformedAnswer()
        }
        guard let data = answer["data"] as? [String: Any] else {
            self = .error(answer["error"] as? String ?? "an error without a text")
            return
        }
        func point(_ value: Any?) throws -> (Int64, Value) {
            guard let pair = value as? [Any], pair.count == 2, let seconds = (pair[0] as? NSNumber)?.doubleValue else {
                throw MalformedAnswer()
            }
            let time = Int64((seconds * 1000).rounded())
            if let histogram = pair[1] as? [String: Any] {
                return (time, .histogram(try PrintedHistogram(json: histogram)))
            }
            return (time, .number(try number(pair[1])))
        }
        var points: [Labels: [Int64: Value]] = [:]
        switch data["resultType"] as? String {
        case "scalar":
            let (time, value) = try point(data["result"])
            points[Labels()] = [time: value]
        case "vector", "matrix":
            guard let list = data["result"] as? [[String: Any]] else { throw MalformedAnswer() }
            for entry in list {
                let labels = Labels((entry["metric"] as? [String: String] ?? [:]).map { ($0, $1) })
                var values: [Any] = []
                for (one, many) in [("value", "values"), ("histogram", "histograms")] {
                    values += entry[many] as? [Any] ?? entry[one].map { [$0] } ?? []
                }
                for value in values {
                    let (time, value) = try point(value)
                    points[labels, default: [:]][time] = value
                }
            }
        default: throw MalformedAnswer()
        }
        self = .points(points)
    }

    /// Returns how the answer differs from `other`; nil if it does not.
    ///
    /// Numbers may differ by a few units in the last of 52 bits: the two versions add in different orders, and use
    /// different libraries for logarithms and powers.
    func difference(from other: Answer, tolerance: Double) -> Difference? {
        switch (self, other) {
        case (.error, .error): return nil
        case (.error(let text), .points): return Difference(text: "ktsdb refuses: \(text)")
        case (.points, .error(let text)): return Difference(text: "Prometheus refuses: \(text)")
        case (.points(let ours), .points(let theirs)):
            for labels in ours.keys.sorted() where theirs[labels] == nil {
                return Difference(text: "only ktsdb has \(labels)")
            }
            for labels in theirs.keys.sorted() where ours[labels] == nil {
                return Difference(text: "only Prometheus has \(labels)")
            }
            for labels in ours.keys.sorted() {
                let ours = ours[labels]!, theirs = theirs[labels]!
                for time in Set(ours.keys).union(theirs.keys).sorted() {
                    guard let a = ours[time] else {
                        return Difference(text: "only Prometheus has \(labels) at \(time)")
                    }
                    guard let b = theirs[time] else { return Difference(text: "only ktsdb has \(labels) at \(time)") }
                    if a.equals(b, tolerance: tolerance) { continue }
                    let text = "\(labels) at \(time): ktsdb \(a), Prometheus \(b)"
                    return Difference(text: text, point: .init(labels: labels, time: time, ours: a, theirs: b))
                }
            }
            return nil
        }
    }

    var description: String {
        switch self {
        case .error(let text): return text
        case .points(let series):
            return series.sorted { $0.key < $1.key }.flatMap { labels, points in
                points.sorted { $0.key < $1.key }.map { "\n    \(labels) at \($0.key): \($0.value)" }
            }
            .joined()
        }
    }

    /// The number of points.
    var count: Int {
        guard case .points(let series) = self else { return 0 }
        return series.values.reduce(0) { $0 + $1.count }
    }
}

/// The first difference between two answers.
struct Difference {
    /// Two values, ktsdb's and Prometheus', of one series at one time in milliseconds.
    struct Point {
        var labels: Labels
        var time: Int64
        var ours: Answer.Value
        var theirs: Answer.Value

        /// The two numbers, if both values are numbers.
        var numbers: (ours: Double, theirs: Double)? {
            guard let ours = ours.number, let theirs = theirs.number else { return nil }
            return (ours, theirs)
        }
    }

    var text: String
    /// The point, if the difference is one between two values.
    var point: Point?
}

extension Answer.Value: CustomStringConvertible {
    /// Returns whether two values are the same, except for the last bits.
    func equals(_ other: Self, tolerance: Double) -> Bool {
        switch (self, other) {
        case (.number(let a), .number(let b)): areEqual(a, b, tolerance: tolerance)
        case (.histogram(let a), .histogram(let b)): a.equals(b, tolerance: tolerance)
        default: false
        }
    }

    var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .histogram(let histogram): "\(histogram)"
        }
    }
}

/// Returns whether two numbers are the same, including NaN, or differ by at most the part `tolerance` of the larger
/// one.
func areEqual(_ a: Double, _ b: Double, tolerance: Double) -> Bool {
    a == b || a.isNaN && b.isNaN || abs(a - b) <= tolerance * max(abs(a), abs(b))
}

/// An answer that does not have the form of Prometheus' HTTP API.
struct MalformedAnswer: Error {}

/// Reads a number from a string of the HTTP API.
func number(_ value: Any?) throws -> Double {
    guard let text = value as? String, let number = Double(text) else { throw MalformedAnswer() }
    return number
}
