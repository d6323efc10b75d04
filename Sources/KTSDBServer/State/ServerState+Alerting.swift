internal import KTSDBAlerting
internal import KTSDBEngine
internal import KTSDBNotify
internal import KTSDBScrape

extension ServerState {
    /// Creates the notifier of this process, which continues from what the database has of it.
    func makeNotifier(_ configuration: LoadedNotifierConfiguration, _ database: Database) -> NotifierService {
        let flags = options.alertmanager
        var notifying = NotifierOptions(externalURL: flags.externalURL.isEmpty ? externalURL : flags.externalURL)
        notifying.settings = flags.settings
        notifying.startDelay = flags.startDelay
        notifying.alertQueueCapacity = options.notificationQueueCapacity
        notifying.syntax = flags.features.syntax
        notifying.hostName = hostName
        return NotifierService(
            configuration, database: database, options: notifying, sender: ReceiverSender(), logger: logger)
    }

    /// Sends alerts to the Alertmanagers of `configuration` from now on. This server is left out if it notifies itself:
    /// it takes alerts without a detour.
    func apply(_ configuration: Configuration, to sender: AlertmanagerSender) async {
        let listening = [options.listenAddress] + options.listenAddresses + options.alertmanager.listenAddresses
        let own = OwnAddresses(
            listening: listening.filter { $0.unixPath == nil }.map { ($0.host, $0.port) }, hostName: hostName)
        let notifies = !options.alertmanager.configurationFile.isEmpty
        await sender.apply(configuration) { host, port in notifies && own.contains(host: host, port: port) }
    }
}
