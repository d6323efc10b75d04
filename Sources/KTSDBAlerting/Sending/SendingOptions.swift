/// How alerts are sent to Alertmanagers, whatever the configuration says.
package struct SendingOptions: Sendable {
    /// How many alerts wait for one Alertmanager; of more, the newest.
    package var queueCapacity = 10_000
    /// How many alerts are sent in one request.
    package var batchSize = 256
    /// How long a request may become, in bytes; one alert may be longer.
    package var batchBytes = 8 << 20
    /// Whether the alerts that wait are sent before the process ends.
    package var drainsOnShutdown = true
    /// How long that may take; also for an Alertmanager that is not in the configuration any more.
    package var drainLimit: Duration = .seconds(3)
    /// An Alertmanager that has been busy with one request for longer than this does not hold up others: of the alerts
    /// for which its queue has no room, it loses the oldest.
    package var patience: Duration = .seconds(2)
    /// How often target sources look for other Alertmanagers.
    package var sourcePollInterval: Duration = .seconds(2)
    /// The header `User-Agent`.
    package var userAgent: String

    /// The defaults of Prometheus. `version` is that of this server.
    package init(version: String) { userAgent = "ktsdb/\(version)" }
}
