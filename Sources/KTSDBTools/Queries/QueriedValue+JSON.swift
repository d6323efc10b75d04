internal import KTSDBModel
package import PrometheusWire

extension QueriedValue {
    /// Reads the field `data` of an answer to a query.
    package init(_ data: JSONTree) throws(QueryProblem) {
        let result = data["result"] ?? .null
        switch data["resultType"]?.text {
        case "scalar": self = .scalar(try QueriedPoint(result))
        case "string":
            let (time, value) = try JSONReading.pair(result)
            self = .string(value.text ?? "", at: time)
        case "vector": self = .vector(try JSONReading.list(result, QueriedSeries.init))
        case "matrix": self = .matrix(try JSONReading.list(result, QueriedSeries.init))
        case let type: throw QueryProblem("unexpected value type \(goQuoted(type ?? ""))")
        }
    }

    /// The value as promtool prints it with `--format=json`: the field `result` of the API.
    package var json: JSONTree {
        switch self {
        case .scalar(let point): point.json
        case .string(let text, let time): .array([.number(time.secondsText), .string(text)])
        case .vector(let series): .array(series.map { $0.json(isVector: true) })
        case .matrix(let series): .array(series.map { $0.json(isVector: false) })
        }
    }
}

/// Reads the JSON forms of the API.
private enum JSONReading {
    static func list<Element>(
        _ tree: JSONTree, _ element: (JSONTree) throws(QueryProblem) -> Element
    ) throws(QueryProblem) -> [Element] {
        switch tree {
        case .array(let trees):
            var elements: [Element] = []
            for tree in trees { elements.append(try element(tree)) }
            return elements
        case .null: return []
        default: throw malformed(tree)
        }
    }

    /// Reads a pair `[time, value]`.
    static func pair(_ tree: JSONTree) throws(QueryProblem) -> (Timestamp, JSONTree) {
        guard case .array(let parts) = tree, parts.count == 2, case .number(let text) = parts[0],
            let seconds = Double(text), seconds.magnitude < 9e12
        else { throw malformed(tree) }
        return (Timestamp(milliseconds: Int64((seconds * 1000).rounded())), parts[1])
    }

    /// Reads a number in quotes.
    static func number(_ tree: JSONTree?) throws(QueryProblem) -> Double {
        guard let text = tree?.text, let value = parseDouble(text) else { throw malformed(tree ?? .null) }
        return value
    }

    static func malformed(_ tree: JSONTree) -> QueryProblem {
        let text = String(decoding: tree.encoded.prefix(80), as: UTF8.self)
        return QueryProblem("bad_response: the answer is not one of Prometheus' API: \(text)")
    }
}

extension QueriedPoint {
    fileprivate init(_ tree: JSONTree) throws(QueryProblem) {
        let (time, value) = try JSONReading.pair(tree)
        self.init(time, try JSONReading.number(value))
    }

    fileprivate var json: JSONTree { .array([.number(time.secondsText), .string(valueText)]) }
}

extension QueriedSeries {
    /// Reads a series of a vector or of a matrix.
    fileprivate init(_ tree: JSONTree) throws(QueryProblem) {
        self.init(try QueriedLabels(tree["metric"] ?? .null))
        if let value = tree["value"] { points = [try QueriedPoint(value)] }
        if let values = tree["values"] { points = try JSONReading.list(values, QueriedPoint.init) }
        if let histogram = tree["histogram"] { histograms = [try QueriedHistogram(histogram)] }
        if let all = tree["histograms"] { histograms = try JSONReading.list(all, QueriedHistogram.init) }
    }

    fileprivate func json(isVector: Bool) -> JSONTree {
        var members: [(String, JSONTree?)] = [("metric", labels.json)]
        if isVector {
            if let histogram = histograms.first {
                members.append(("histogram", histogram.json))
            } else {
                members.append(("value", points.first?.json))
            }
        } else {
            if !points.isEmpty || histograms.isEmpty { members.append(("values", .array(points.map(\.json)))) }
            if !histograms.isEmpty { members.append(("histograms", .array(histograms.map(\.json)))) }
        }
        return .members(members)
    }
}

extension QueriedLabels {
    /// Reads an object whose members are labels.
    package init(_ tree: JSONTree) throws(QueryProblem) {
        guard case .object(let members) = tree else { throw JSONReading.malformed(tree) }
        self.init(members.map { (name: $0.name, value: $0.value.text ?? "") })
    }

    package var json: JSONTree { .object(labels.map { JSONTree.Member($0.name, .string($0.value)) }) }
}

extension QueriedHistogram {
    fileprivate init(_ tree: JSONTree) throws(QueryProblem) {
        let (time, value) = try JSONReading.pair(tree)
        self.init(
            time: time, count: try JSONReading.number(value["count"]), sum: try JSONReading.number(value["sum"]),
            buckets: try JSONReading.list(value["buckets"] ?? .null, Bucket.init))
    }

    fileprivate var json: JSONTree {
        func text(_ value: Double) -> JSONTree { .string(formatDouble(value, style: .fixed)) }
        let list = buckets.map { JSONTree.array([.integer($0.rule), text($0.lower), text($0.upper), text($0.count)]) }
        return .array([
            .number(time.secondsText),
            .members([
                ("count", text(count)), ("sum", text(sum)), ("buckets", list.isEmpty ? .null : .array(list)),
            ]),
        ])
    }
}

extension QueriedHistogram.Bucket {
    fileprivate init(_ tree: JSONTree) throws(QueryProblem) {
        guard case .array(let parts) = tree, parts.count == 4, case .number(let text) = parts[0], let rule = Int(text)
        else { throw JSONReading.malformed(tree) }
        self.init(
            rule: rule, lower: try JSONReading.number(parts[1]), upper: try JSONReading.number(parts[2]),
            count: try JSONReading.number(parts[3]))
    }
}
