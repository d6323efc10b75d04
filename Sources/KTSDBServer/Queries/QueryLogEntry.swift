internal import Hummingbird
internal import KTSDBModel
internal import PromQL
internal import PrometheusWire

/// What the query log and the list of running queries record about a query.
struct QueryLogEntry: Sendable {
    /// The expression as it was sent.
    var text: String
    var start: Timestamp
    var end: Timestamp
    /// Zero for an instant query.
    var step: Duration
    var method: String
    var path: String
    /// The client's address; empty if it is not known.
    var client: String
}

/// The cost of a query, and how long it waited for its turn.
struct QueryCost: Sendable {
    var statistics = QueryStatistics()
    var waited = Duration.zero
}

extension JSONWriter {
    /// Writes statistics in Prometheus' format. `start` and `step` give the times for the samples of each step.
    mutating func statistics(_ cost: QueryCost, start: Timestamp, step: Duration) {
        let statistics = cost.statistics
        func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
        let total = statistics.preparation + statistics.evaluation + statistics.sorting
        object { json in
            json.object("timings") {
                $0.member("evalTotalTime", seconds(total))
                $0.member("resultSortTime", seconds(statistics.sorting))
                $0.member("queryPreparationTime", seconds(statistics.preparation))
                $0.member("innerEvalTime", seconds(statistics.evaluation))
                $0.member("execQueueTime", seconds(cost.waited))
                $0.member("execTotalTime", seconds(total + cost.waited))
            }
            json.object("samples") {
                $0.counts("totalQueryableSamplesPerStep", statistics.queryableSamplesPerStep, start, step)
                $0.member("totalQueryableSamples", statistics.queryableSamples)
                $0.counts("samplesReadPerStep", statistics.samplesReadPerStep, start, step)
                $0.member("samplesRead", statistics.samplesRead)
                $0.member("peakSamples", statistics.peakSamples)
                $0.member("peakBytes", statistics.peakBytes)
            }
        }
    }

    /// Writes a number for each step, with its time; nothing if there are no counts.
    private mutating func counts(_ name: StaticString, _ counts: [Int], _ start: Timestamp, _ step: Duration) {
        guard !counts.isEmpty else { return }
        let length = Int64((step / .milliseconds(1)).rounded())
        array(name, counts.enumerated()) { json, entry in
            json.beginArray()
            json.time(start.milliseconds + Int64(entry.offset) * length)
            json.integer(entry.element)
            json.endArray()
        }
    }
}
