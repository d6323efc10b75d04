/// The format of a scrape body.
package enum ExpositionFormat: Hashable, Sendable {
    /// The Prometheus text format, version 0.0.4.
    case text
    /// OpenMetrics 1.0.
    case openMetrics
    /// Messages `io.prometheus.client.MetricFamily`, each with its length before it.
    case protobuf

    /// Returns the format that a `Content-Type` names; nil if it does not name one, or an unknown one.
    package static func named(by contentType: String) -> ExpositionFormat? {
        switch MediaType(contentType)?.name {
        case "text/plain": .text
        case "application/openmetrics-text": .openMetrics
        case "application/vnd.google.protobuf": .protobuf
        default: nil
        }
    }

    /// Whether a `Content-Type` is that of protobuf. Looks at its first bytes alone, since it is asked for each body.
    package static func isProtobuf(_ contentType: String) -> Bool {
        var type = contentType.utf8.makeIterator()
        for byte in "application/vnd.google.protobuf".utf8 {
            guard let next = type.next(), next == byte || next | 0x20 == byte else { return false }
        }
        return true
    }

    /// The `Content-Type` of a scrape body in this format.
    package var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        case .protobuf:
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
        }
    }
}

/// The type of a metric family. `untyped` in the text format is ``unknown``.
package enum MetricType: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    case unknown, counter, gauge, histogram, gaugehistogram, summary, info, stateset
}

/// The metadata of a metric in a scrape body.
package struct MetricFamily: Hashable, Sendable {
    /// The metric's name.
    package var name: String
    /// The metric's type.
    package var type = MetricType.unknown
    /// The metric's help text.
    package var help = ""
    /// The metric's unit; only OpenMetrics has units.
    package var unit = ""

    /// Creates a description.
    package init(name: String, type: MetricType = .unknown, help: String = "", unit: String = "") {
        self.name = name
        self.type = type
        self.help = help
        self.unit = unit
    }
}

/// The reason why a scrape body cannot be read.
package struct ExpositionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line, from 1.
    package var line: Int
    /// The problem, in Prometheus' words.
    package var message: String

    /// Creates an error.
    package init(line: Int, message: String) {
        self.line = line
        self.message = message
    }

    /// `line 12: the problem`.
    package var description: String { "line \(line): \(message)" }
}
