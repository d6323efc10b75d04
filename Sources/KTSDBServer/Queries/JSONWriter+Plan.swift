internal import PromQL
internal import PrometheusWire

extension JSONWriter {
    /// Writes a node of an explained plan and all below it.
    mutating func plan(_ node: QueryExplanation.Node) {
        beginObject()
        member("operation", node.operation)
        for (name, count) in [
            ("series", node.series), ("points", node.points), ("totalQueryableSamples", node.queryableSamples),
            ("samplesRead", node.samplesRead),
        ] {
            key(name)
            integer(count)
        }
        key("inMemory")
        bool(node.isInMemory)
        for (name, duration) in [("time", node.time), ("ownTime", node.ownTime)] {
            key(name)
            number(duration / .seconds(1))
        }
        key("children")
        beginArray()
        for child in node.children { plan(child) }
        endArray()
        endObject()
    }
}
