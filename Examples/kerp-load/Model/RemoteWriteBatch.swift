internal import KTSDBModel
internal import PrometheusWire

/// Samples of the service on their way into a remote write request: what scrapes at several times would have stored.
package struct RemoteWriteBatch: Sendable {
    private struct Series {
        var labels: [(String, String)]
        var samples: [Sample] = []
    }

    private let job: String
    private var series: [[Series]] = []
    /// Whether the series of an instance have ended, because it is down.
    private var isEnded: [Bool] = []
    /// How many samples it has.
    package private(set) var count = 0

    /// - Parameter job: The label `job` of the series.
    package init(job: String) { self.job = job }

    /// Adds what scrapes of all instances at the service's time would store, `up` included.
    package mutating func scrape(_ service: KerpService) {
        if series.isEmpty {
            series = Array(repeating: [], count: service.instances.count)
            isEnded = series.map { _ in false }
        }
        for (index, instance) in service.instances.enumerated() { scrape(instance, index, at: service.time) }
    }

    private mutating func scrape(_ instance: ServiceInstance, _ index: Int, at time: Timestamp) {
        if series[index].isEmpty { series[index] = Self.series(of: instance, job) }
        // When a target does not answer for the first time, its series end.
        let marksEnd = instance.isDown && !isEnded[index]
        isEnded[index] = instance.isDown
        var place = 0
        func add(_ value: Double?) {
            if let value {
                series[index][place].samples.append(Sample(timestamp: time, value: value))
                count += 1
            }
            place += 1
        }
        add(instance.isDown ? 0 : 1)
        for metric in KerpMetric.allCases {
            instance.table.forEachSample(of: metric) { _, _, value in
                add(instance.isDown ? (marksEnd ? .staleMarker : nil) : value)
            }
        }
    }

    /// The series of an instance, without samples: first `up`, then those that it exposes.
    private static func series(of instance: ServiceInstance, _ job: String) -> [Series] {
        let target = [("instance", instance.address), ("job", job)]
        var series = [Series(labels: [("__name__", "up")] + target)]
        for metric in KerpMetric.allCases {
            instance.table.forEachSample(of: metric) { name, labels, _ in
                let all = target + [("__name__", name)] + labels.map { ($0.name, $0.value) }
                series.append(Series(labels: all.sorted { $0.0 < $1.0 }))
            }
        }
        return series
    }

    /// Returns the request's body, compressed, and removes the samples.
    package mutating func takeBody() -> [UInt8] {
        var request = WriteRequestEncoder()
        for index in series.indices {
            for place in series[index].indices where !series[index][place].samples.isEmpty {
                request.append(labels: series[index][place].labels, series[index][place].samples)
                series[index][place].samples.removeAll(keepingCapacity: true)
            }
        }
        count = 0
        var body = ByteWriter(capacity: 1 << 16)
        Snappy.encode(request.message.span, into: &body)
        return body.bytes
    }
}
