internal import ArgumentParser
internal import PrometheusWire

/// A duration on the command line, in Prometheus' notation: `15s`, `1h30m`.
struct DurationArgument: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = PrometheusDuration.parse(argument) else { return nil }
        self.duration = duration
    }

    var description: String { PrometheusDuration.format(duration) }
    var defaultValueDescription: String { description }
}
