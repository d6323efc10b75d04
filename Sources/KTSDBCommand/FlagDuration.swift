internal import ArgumentParser
internal import PrometheusWire

/// A duration in Prometheus' notation, such as `15d` or `1h30m`.
struct FlagDuration {
    let value: Duration

    init(_ value: Duration) { self.value = value }

    @Sendable
    init(_ text: String) throws {
        guard let duration = PrometheusDuration.parse(text) else {
            throw ValidationError("not a valid duration string: \"\(text)\"")
        }
        value = duration
    }
}
