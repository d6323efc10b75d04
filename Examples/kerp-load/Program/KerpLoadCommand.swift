internal import ArgumentParser
internal import KTSDBModel
internal import KerpLoadModel

/// The program: an application to watch.
@main
struct KerpLoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kerp-load",
        abstract: "An application to watch: the metrics and log lines of K-ERP's API, in good times and bad.",
        discussion: """
            Serves the 18 metrics of the service, and the memory of its process, on a port for each instance. In the bad \
            phase each alert of the seed has its reason, except ExternalAPITimeout, which cannot fire; in the recovered \
            phase all is well again. Log lines go to --log, messages of the program to standard error.

            VoucherProcessingSurge compares with the day before: send that first with --backfill 25h, and let the server \
            scrape when "serving" is printed, because some servers take nothing that is older than what they have.
            """)

    @OptionGroup var options: LoadOptions

    func run() async throws {
        let log = try LogOutput(options.log), host = ServiceHost()
        let addresses = try await listen(host)
        var service = KerpService(
            settings, addresses: addresses.map(\.description), schedule: schedule, start: start)
        try await sendPast(&service)
        service.schedule = schedule
        service.schedule.chosen = options.phase
        host.begin(with: service)
        StatusOutput.write("serving \(addresses.map { "http://\($0)/metrics" }.joined(separator: " "))")
        let pushing = options.push ? Task { try await pusher.run(host) } : nil
        defer { pushing?.cancel() }
        try await work(host, log)
    }

    // MARK: Parts

    private var settings: KerpService.Settings {
        var settings = KerpService.Settings()
        settings.seed = options.seed
        settings.rate = options.rate
        settings.tick = options.tick.duration
        return settings
    }

    /// The phases, from now on.
    private var schedule: PhaseSchedule {
        PhaseSchedule(
            start: .now, good: options.good.duration, bad: options.bad.duration,
            recovered: options.recovered.duration, repeats: options.after == .repeat)
    }

    /// When the service begins to work: a whole number of ticks since 1970, so that all runs move at the same moments.
    private var start: Timestamp {
        let time = Timestamp.now - (options.backfill?.duration ?? .zero), tick = options.tick.duration.milliseconds
        return Timestamp(milliseconds: time.milliseconds / tick * tick)
    }

    private var clients: [RemoteWriteClient] { options.remoteWrite.map { RemoteWriteClient(url: $0) } }
    private var pusher: Pusher {
        Pusher(clients: clients, interval: options.pushInterval.duration, job: options.job)
    }

    /// Opens all ports, and writes down where the instances are.
    private func listen(_ host: ServiceHost) async throws -> [ListenArgument] {
        var addresses: [ListenArgument] = []
        for instance in 0..<options.instances {
            let routes = InstanceRoutes(host: host, instance: instance)
            let listener = try await HTTPListener(options.listen.advanced(by: instance)) { routes.answer($0) }
            addresses.append(listener.address)
        }
        let routes = ControlRoutes(host: host)
        let control = try await HTTPListener(options.control) { routes.answer($0) }
        StatusOutput.write("control http://\(control.address)/phase")
        if let path = options.targetsFile {
            try TargetsFile(addresses: addresses, job: options.job).write(to: path)
        }
        return addresses
    }

    private func sendPast(_ service: inout KerpService) async throws {
        guard let past = options.backfill else { return }
        StatusOutput.write("sending the past \(past)")
        let backfill = Backfill(clients: clients, step: options.backfillStep.duration, job: options.job)
        let count = try await backfill.run(&service)
        StatusOutput.write("sent \(count) samples")
    }

    /// Moves the service by the clock, and writes its log.
    private func work(_ host: ServiceHost, _ log: LogOutput) async throws {
        let tick = options.tick.duration
        while true {
            try log.write(host.advance(to: .now, isLogged: log.isOpen))
            if options.after == .exit, let service = host.service, service.schedule.isOver(at: service.time) { return }
            let passed = Timestamp.now.milliseconds % tick.milliseconds
            try await Task.sleep(for: tick - .milliseconds(passed))
        }
    }
}
