package import PrometheusWire

/// A metric of the service: its name, type and labels, as the service's source declares them.
package struct MetricDefinition: Hashable, Sendable {
    package var name: String
    package var type: MetricType
    package var help: String
    /// The names of the labels, in the order of the declaration.
    package var labels: [String]
    /// The upper bounds of a histogram's buckets, ascending and without +Inf; empty for other types.
    package var buckets: [Double]

    init(_ name: String, _ type: MetricType, _ help: String, _ labels: [String] = [], buckets: [Double] = []) {
        self.name = name
        self.type = type
        self.help = help
        self.labels = labels
        self.buckets = buckets
    }
}
