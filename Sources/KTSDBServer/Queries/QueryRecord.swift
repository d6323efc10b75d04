internal import Hummingbird
internal import KTSDBModel
internal import PromQL
internal import PrometheusWire

/// What the query log and the list of running queries say about a query.
struct QueryRecord: Sendable {
    /// The expression as it was sent.
    var text: String
    var start: Timestamp
    var end: Timestamp
    /// Zero for a query at one time.
    var step: Duration
    var method: String
    var path: String
    /// The client's address; empty if it is not known.
    var client: String
}

/// What a query cost, and how long it waited for its turn.
struct QueryCost: Sendable {
    var statistics = QueryStatistics()
    var waited = Duration.zero
}

extension JSONWriter {
    /// Writes statistics in Prometheus' form. `start` and `step` say when the samples of each step were asked for.
    mutating func statistics(_ cost: QueryCost, start: Timestamp, step: Duration) {
        let statistics = cost.statistics
        func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
        let total = statistics.preparation + statistics.evaluation + statistics.sorting
        let timings: [(StaticString, Duration)] = [
            ("evalTotalTime", total), ("resultSortTime", statistics.sorting),
            ("queryPreparationTime", statistics.preparation), ("innerEvalTime", statistics.evaluation),
            ("execQueueTime", cost.waited), ("execTotalTime", total + cost.waited),
        ]
        beginObject()
        key("timings")
        beginObject()
        for (name, duration) in timings {
            key(name)
            number(seconds(duration))
        }
        endObject()
        key("samples")
        beginObject()
        counts("totalQueryableSamplesPerStep", statistics.queryableSamplesPerStep, start, step)
        key("totalQueryableSamples")
        integer(statistics.queryableSamples)
        counts("samplesReadPerStep", statistics.samplesReadPerStep, start, step)
        key("samplesRead")
        integer(statistics.samplesRead)
        key("peakSamples")
        integer(statistics.peakSamples)
        key("peakBytes")
        integer(statistics.peakBytes)
        endObject()
        endObject()
    }

    /// Writes a number for each step, with its time; nothing if there are none.
    private mutating func counts(_ name: StaticString, _ counts: [Int], _ start: Timestamp, _ step: Duration) {
        guard !counts.isEmpty else { return }
        key(name)
        beginArray()
        for (index, count) in counts.enumerated() {
            beginArray()
            time(start.milliseconds + Int64(index) * Int64((step / .milliseconds(1)).rounded()))
            integer(count)
            endArray()
        }
        endArray()
    }
}
