import Foundation
import KTSDBModel
import PromQL

/// What a system said to a question, in a form that two of them can be compared in.
enum Answer {
    /// Points by series and time in milliseconds. A scalar is one series without labels.
    case points([Labels: [Int64: Double]])
    case error(String)

    init(_ result: QueryResult) {
        var points: [Labels: [Int64: Double]] = [:]
        switch result.value {
        case .scalar(let sample): points[Labels()] = [sample.timestamp.milliseconds: sample.value]
        case .string: break
        case .vector(let elements):
            for element in elements {
                points[element.labels, default: [:]][element.timestamp.milliseconds] = element.value
            }
        case .matrix(let series):
            for series in series {
                for sample in series.samples {
                    points[series.labels, default: [:]][sample.timestamp.milliseconds] = sample.value
                }
            }
        }
        self = .points(points)
    }

    /// Reads an answer of Prometheus' HTTP API.
    init(json: Data) throws {
        struct Malformed: Error {}
        guard let answer = try JSONSerialization.jsonObject(with: json) as? [String: Any] else { throw Malformed() }
        guard let data = answer["data"] as? [String: Any] else {
            self = .error(answer["error"] as? String ?? "an error without a text")
            return
        }
        func point(_ value: Any?) throws -> (Int64, Double) {
            guard let pair = value as? [Any], pair.count == 2, let seconds = (pair[0] as? NSNumber)?.doubleValue,
                let text = pair[1] as? String, let number = Double(text)
            else { throw Malformed() }
            return (Int64((seconds * 1000).rounded()), number)
        }
        var points: [Labels: [Int64: Double]] = [:]
        switch data["resultType"] as? String {
        case "scalar":
            let (time, value) = try point(data["result"])
            points[Labels()] = [time: value]
        case "vector", "matrix":
            guard let list = data["result"] as? [[String: Any]] else { throw Malformed() }
            for entry in list {
                let labels = Labels((entry["metric"] as? [String: String] ?? [:]).map { ($0, $1) })
                let values = entry["values"] as? [Any] ?? entry["value"].map { [$0] } ?? []
                for value in values {
                    let (time, value) = try point(value)
                    points[labels, default: [:]][time] = value
                }
            }
        default: throw Malformed()
        }
        self = .points(points)
    }

    /// How the answer differs from `other`; nil if it does not.
    ///
    /// Numbers may differ by a few units in the last of 52 bits: the two versions add in different orders, and take
    /// logarithms and powers from different libraries.
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
                    let isEqual = a == b || a.isNaN && b.isNaN
                    if isEqual || abs(a - b) <= tolerance * max(abs(a), abs(b)) { continue }
                    let text = "\(labels) at \(time): ktsdb \(a), Prometheus \(b)"
                    return Difference(text: text, point: .init(labels: labels, time: time, ours: a, theirs: b))
                }
            }
            return nil
        }
    }

    /// The number of points.
    var count: Int {
        guard case .points(let series) = self else { return 0 }
        return series.values.reduce(0) { $0 + $1.count }
    }
}

/// Where two answers part.
struct Difference {
    /// Two numbers: ktsdb's and Prometheus', of one series at one time in milliseconds.
    struct Point {
        var labels: Labels
        var time: Int64
        var ours: Double
        var theirs: Double
    }

    var text: String
    /// If it is two numbers.
    var point: Point?
}
