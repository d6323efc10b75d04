internal import KTSDBModel
internal import KTSDBRules
internal import NIOCore
internal import PrometheusWire

/// The body of a request with alerts: JSON, byte for byte as Prometheus writes it.
///
/// ```
/// [{"annotations":{"summary":"a \u003e b"},"endsAt":"2026-11-28T22:26:57.928Z","startsAt":"2026-11-28T22:22:57.928Z",
///   "generatorURL":"http://p/graph?g0.expr=up\u0026g0.tab=1","labels":{"alertname":"A"}}]
/// ```
struct AlertBody: ~Copyable {
    private var bytes: ByteBuffer
    /// How many alerts it has.
    private(set) var count = 0

    /// The alerts at the beginning of `alerts`, which are removed: at least one, and no more than fit into `limit`
    /// bytes.
    init(taking alerts: inout ArraySlice<OutgoingAlert>, limit: Int) {
        bytes = ByteBuffer()
        bytes.reserveCapacity(alerts.count * 512)
        bytes.writeInteger(UInt8(ascii: "["))
        while let alert = alerts.first, count == 0 || bytes.readableBytes + Self.size(of: alert) < limit {
            if count > 0 { bytes.writeInteger(UInt8(ascii: ",")) }
            add(alert)
            alerts.removeFirst()
            count += 1
        }
        bytes.writeInteger(UInt8(ascii: "]"))
    }

    /// The whole body.
    consuming func finish() -> ByteBuffer { bytes }

    /// About how many bytes an alert needs.
    private static func size(of alert: OutgoingAlert) -> Int {
        let labels = alert.labels.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 6 }
        let annotations = alert.annotations.reduce(0) { $0 + $1.name.utf8.count + $1.text.utf8.count + 6 }
        return labels + annotations + alert.generatorURL.utf8.count + 128
    }

    private mutating func add(_ alert: OutgoingAlert) {
        bytes.writeStaticString("{")
        if !alert.annotations.isEmpty {
            bytes.writeStaticString("\"annotations\":{")
            add(alert.annotations.lazy.map { ($0.name, $0.text) })
            bytes.writeStaticString("},")
        }
        bytes.writeString("\"endsAt\":\"\(Self.time(alert.endsAt))\",\"startsAt\":\"\(Self.time(alert.startsAt))\",")
        if !alert.generatorURL.isEmpty {
            bytes.writeStaticString("\"generatorURL\":")
            bytes.writeGoJSON(alert.generatorURL)
            bytes.writeStaticString(",")
        }
        bytes.writeStaticString("\"labels\":{")
        add(alert.labels.lazy.map { ($0.name, $0.value) })
        bytes.writeStaticString("}}")
    }

    private mutating func add(_ pairs: some Sequence<(String, String)>) {
        var isFirst = true
        for (name, value) in pairs {
            if !isFirst { bytes.writeStaticString(",") }
            isFirst = false
            bytes.writeGoJSON(name)
            bytes.writeStaticString(":")
            bytes.writeGoJSON(value)
        }
    }

    /// Returns a time in UTC with exactly three decimals, cut to milliseconds.
    private static func time(_ time: PreciseTime) -> String {
        let milliseconds = time.timestamp.milliseconds
        let seconds = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
        let fraction = String(1000 + milliseconds - seconds * 1000).dropFirst()
        let text = RFC3339.format(Timestamp(milliseconds: seconds * 1000))
        return "\(text.dropLast()).\(fraction)Z"
    }
}
