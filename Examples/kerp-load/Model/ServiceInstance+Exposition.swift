internal import PrometheusWire

extension ServiceInstance {
    /// What a scrape answers: all metrics in the text format.
    package var exposition: [UInt8] {
        var page = ExpositionWriter(capacity: 1 << 16)
        for metric in KerpMetric.allCases {
            let definition = metric.definition
            page.family(definition.name, definition.type, help: definition.help)
            table.forEachSample(of: metric) { name, labels, value in
                page.sample(name, ordered: labels, value: value, at: nil)
            }
        }
        return page.bytes
    }
}
