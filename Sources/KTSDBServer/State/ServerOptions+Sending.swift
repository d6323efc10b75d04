internal import KTSDBAlerting

extension ServerOptions {
    /// How alerts are sent to Alertmanagers, by the flags.
    var sending: SendingOptions {
        var sending = SendingOptions(version: BuildInformation.version)
        sending.queueCapacity = notificationQueueCapacity
        sending.batchSize = notificationBatchSize
        sending.drainsOnShutdown = drainsNotificationQueue
        return sending
    }
}
