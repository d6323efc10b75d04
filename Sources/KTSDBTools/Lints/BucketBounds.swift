internal import KTSDBModel
internal import KTSDBNotify
internal import PrometheusWire

/// The bounds of the buckets of classic histograms, as far as they are known.
struct BucketBounds: Sendable {
    /// The finite bounds by the metric's name without `_bucket`, ascending.
    private var known: [String: [Double]] = [:]

    /// The bounds that Prometheus' client libraries give a histogram that does not set its own.
    static let defaults: [Double] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// Reads the bounds from a file: text as targets answer it, or a list in JSON with `name` and `buckets`.
    init(metrics path: String?, _ files: ToolFiles) {
        guard let path, let bytes = try? files.bytes(path) else { return }
        if let json = try? JSONTreeParser.parse(bytes) {
            read(json)
        } else {
            read(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// The bounds of a histogram, and whether they are known and not merely the usual ones.
    func bounds(_ metric: String) -> (bounds: [Double], areKnown: Bool) {
        if let bounds = known[metric] { return (bounds, true) }
        return (metric.hasSuffix("_seconds") ? Self.defaults : [], false)
    }

    private mutating func read(_ json: JSONTree) {
        guard case .array(let metrics) = json else { return }
        for metric in metrics {
            guard case .string(let name)? = metric["name"], case .array(let buckets)? = metric["buckets"] else {
                continue
            }
            known[name] = buckets.compactMap(\.double).filter(\.isFinite).sorted()
        }
    }

    private mutating func read(_ text: String) {
        var found: [String: Set<Double>] = [:]
        for line in text.split(separator: "\n") {
            guard let brace = line.firstIndex(of: "{"), line[..<brace].hasSuffix("_bucket"),
                let place = line.firstRange(of: "le=\""), let end = line[place.upperBound...].firstIndex(of: "\""),
                let bound = Double(line[place.upperBound..<end]), bound.isFinite
            else { continue }
            found[String(line[..<brace].dropLast("_bucket".count)), default: []].insert(bound)
        }
        known = found.mapValues { $0.sorted() }
    }
}

extension JSONTree {
    fileprivate var double: Double? {
        if case .number(let text) = self { Double(text) } else { nil }
    }
}
