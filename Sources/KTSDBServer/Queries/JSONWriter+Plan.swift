internal import PromQL
internal import PrometheusWire

extension JSONWriter {
    /// Writes a node of an explained plan and everything below it.
    mutating func plan(_ node: QueryExplanation.Node) {
        object {
            $0.member("operation", node.operation)
            $0.member("series", node.series)
            $0.member("points", node.points)
            $0.member("totalQueryableSamples", node.queryableSamples)
            $0.member("samplesRead", node.samplesRead)
            $0.member("inMemory", node.isInMemory)
            if let interval = node.rollupInterval { $0.member("rollupInterval", interval / .seconds(1)) }
            $0.member("time", node.time / .seconds(1))
            $0.member("ownTime", node.ownTime / .seconds(1))
            $0.array("children", node.children) { $0.plan($1) }
        }
    }
}
