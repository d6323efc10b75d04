/// How a page of metrics is written.
package enum ExpositionFormat: Hashable, Sendable {
    /// The Prometheus text format, version 0.0.4.
    case text
    /// OpenMetrics 1.0.
    case openMetrics

    /// The format that a `Content-Type` names; nil when it names none, or one that is not known.
    package static func named(by contentType: String) -> ExpositionFormat? {
        switch MediaType(contentType)?.name {
        case "text/plain": .text
        case "application/openmetrics-text": .openMetrics
        default: nil
        }
    }

    /// The `Content-Type` of a page in this format.
    package var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}

/// What kind of metric a family is. `untyped` of the text format is ``unknown``.
package enum MetricType: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    case unknown, counter, gauge, histogram, gaugehistogram, summary, info, stateset
}

/// What a page says about a metric.
package struct MetricFamily: Hashable, Sendable {
    /// The metric's name.
    package var name: String
    /// The metric's kind.
    package var type = MetricType.unknown
    /// What the metric means.
    package var help = ""
    /// The metric's unit; only OpenMetrics tells it.
    package var unit = ""

    /// Creates a description.
    package init(name: String, type: MetricType = .unknown, help: String = "", unit: String = "") {
        self.name = name
        self.type = type
        self.help = help
        self.unit = unit
    }
}

/// Why a page cannot be read.
package struct ExpositionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line, from 1.
    package var line: Int
    /// What is wrong, worded as Prometheus words it.
    package var message: String

    /// Creates an error.
    package init(line: Int, message: String) {
        self.line = line
        self.message = message
    }

    /// `line 12: what is wrong`.
    package var description: String { "line \(line): \(message)" }
}
