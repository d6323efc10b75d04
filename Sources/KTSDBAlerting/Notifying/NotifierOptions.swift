package import KTSDBNotify

/// How a notifier works, besides its configuration: Alertmanager's flags.
package struct NotifierOptions: Sendable {
    /// The address at which users reach the server, without a slash at its end.
    package var externalURL: String
    /// What is kept for how long, and how much there may be.
    package var settings = NotifierSettings()
    /// For how long nothing is sent after a start, so that alerts that inhibit others can arrive.
    package var startDelay: Duration = .zero
    /// How many alerts of rules may wait for the notifier: `--alertmanager.notification-queue-capacity`.
    package var alertQueueCapacity = 10_000
    /// How large alerts may be, and how many there may be.
    package var alertLimits = AlertLimits()
    /// Which names labels may have.
    package var syntax = MatcherSyntax.fallback
    /// The host's name in the ids of mails.
    package var hostName = "localhost.localdomain"
    /// How long deliveries under way may take when the configuration is reloaded or the service stopped.
    package var patience = Duration.seconds(2)
    /// What random numbers follow from; a number of its own for each start.
    package var seed = UInt64.random(in: .min ... .max)

    package init(externalURL: String = "") { self.externalURL = externalURL }

    /// How long the log of notifications, and silences that are over, are kept: `--data.retention`.
    package var retention: Duration {
        get { settings.retention }
        set { settings.retention = newValue }
    }
    /// How many silences there may be, and how large.
    package var silenceLimits: Silences.Limits {
        get { settings.silenceLimits }
        set { settings.silenceLimits = newValue }
    }
}
