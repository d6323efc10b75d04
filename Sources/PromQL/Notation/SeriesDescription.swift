package import KTSDBModel

/// A series with its points as PromQL tests write them, one for each step: `up{job="api"} 1 _ 0+10x5 stale`.
package struct SeriesDescription: Sendable {
    /// The content of a series at one step.
    package enum Point: Sendable {
        /// No sample.
        case absent
        /// A number, or the staleness marker.
        case float(Double)
        /// A native histogram, and whether the text says what its counter reset hint is.
        indirect case histogram(Histogram, saysHint: Bool)
    }

    /// The series' labels.
    package var labels: Labels
    /// The points, one for each step.
    package var points: [Point]
    /// The start time of each point, in milliseconds relative to the point; empty if none are given.
    package var startOffsets: [Int64?] = []
}

/// The reason why the description of a series is invalid.
package struct SeriesSyntaxError: Error, CustomStringConvertible {
    /// The reason.
    package var description: String
    /// Where it was noticed, in bytes from the beginning of the text.
    package var offset: Int

    package init(_ description: String, offset: Int = 0) {
        self.description = description
        self.offset = offset
    }

    /// The place and the reason as Prometheus' parser reports them.
    package var parseError: String { "1:\(offset + 1): parse error: \(description)" }
}

extension SeriesDescription {
    /// Reads a line such as `up{job="api"} 1 _ 0+10x5 stale`.
    package init(line: String) throws {
        var scanner = SeriesScanner(line)
        labels = try scanner.scanLabels()
        if !scanner.isAtEnd, !scanner.isAtBlank { throw scanner.error("expected a blank after the series") }
        points = []
        while scanner.skipBlanks() {
            points += try scanner.scanItem()
            if !scanner.isAtEnd, !scanner.isAtBlank { throw scanner.error("expected a blank after an item") }
        }
    }

    /// Reads labels such as `up{job="api"}`; an empty text has no labels.
    package static func labels(_ text: String) throws -> Labels {
        var scanner = SeriesScanner(text)
        guard scanner.skipBlanks() else { return Labels() }
        let labels = try scanner.scanLabels()
        if scanner.skipBlanks() { throw scanner.error("unexpected text after the series") }
        return labels
    }

    /// Reads a line such as `up{job="api"}@st -1m+10sx5`; returns nil if the line is not of this kind.
    ///
    /// All points are absent; only the offsets count.
    package init?(startTimestampLine line: String) throws {
        guard let blank = line.firstIndex(where: { $0 == " " || $0 == "\t" }), line[..<blank].hasSuffix("@st") else {
            return nil
        }
        var scanner = SeriesScanner(String(line[..<blank].dropLast(3)))
        labels = try scanner.scanLabels()
        if !scanner.isAtEnd { throw scanner.error("expected @st after the series") }
        for item in line[blank...].split(whereSeparator: { $0 == " " || $0 == "\t" }) {
            startOffsets += try Self.startOffsets(String(item))
        }
        points = Array(repeating: .absent, count: startOffsets.count)
    }

    private static func startOffsets(_ item: String) throws -> [Int64?] {
        var scanner = SeriesScanner(item)
        if scanner.skip("_") {
            let count = scanner.skip("x") ? try scanner.scanCount() : 1
            guard scanner.isAtEnd, count > 0 else { throw scanner.error("invalid repeat count") }
            return Array(repeating: nil, count: count)
        }
        let first = try scanner.scanSignedDuration()
        if scanner.isAtEnd { return [first] }
        var step: Int64 = 0
        if scanner.isAtSign { step = try scanner.scanSignedDuration() }
        guard scanner.skip("x") else { throw scanner.error("expected x and a count") }
        let count = try scanner.scanCount()
        guard scanner.isAtEnd else { throw scanner.error("unexpected text after the count") }
        return (0...Int64(count)).map { first + $0 * step }
    }
}
