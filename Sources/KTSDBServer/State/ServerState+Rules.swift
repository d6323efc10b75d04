internal import KTSDBAlerting
internal import KTSDBConfiguration
internal import KTSDBRules
internal import KTSDBScrape
internal import Logging

extension ServerState {
    /// Where users find the server, without a slash at its end.
    package var externalURL: String {
        let given = options.externalURL, addresses = options.listenAddresses
        let port = addresses.isEmpty ? ListenAddress.standard.port : addresses.first { $0.unixPath == nil }?.port
        let place = hostName + (port.map { ":\($0)" } ?? "")
        let url = given.isEmpty ? "\(access.usesTLS ? "https" : "http")://\(place)\(options.routePrefix)" : given
        return String(url.reversed().drop { $0 == "/" }.reversed())
    }

    /// How rules are evaluated, by the flags and the configuration.
    var ruleOptions: RuleOptions { ruleOptions(files.configuration) }

    private func ruleOptions(_ configuration: Configuration) -> RuleOptions {
        var rules = RuleOptions()
        rules.language = PromQLRuleLanguage(engine)
        rules.templates = ruleTemplates
        rules.environment.externalLabels = configuration.global.externalLabels
        rules.environment.externalURL = externalURL
        rules.queryOffset = configuration.global.ruleQueryOffset
        rules.resendDelay = options.ruleResendDelay
        rules.restorer.gracePeriod = options.ruleGracePeriod
        rules.restorer.outageTolerance = options.ruleOutageTolerance
        rules.concurrentRules = options.features.evaluatesRulesTogether ? options.ruleMaximumConcurrency : 1
        rules.timings = ruleTimings
        return rules
    }

    /// Evaluates the rules of the files that were read.
    /// - Throws: `ConfigurationError` if an expression cannot be evaluated; nothing was changed then.
    package func loadRules() async throws {
        let parts = try ready
        // Alertmanagers are found first: until then nobody takes alerts.
        await apply(files.configuration, to: parts.sender)
        try await load(files, into: parts)
    }

    /// Evaluates the rules of `files` from now on.
    func load(_ files: LoadedFiles, into parts: Parts) async throws(ConfigurationError) {
        let rules = parts.rules, own = await expectHeartbeats(files.settings).map { [$0] } ?? []
        do throws(RuleLoadError) {
            try await rules.load(files.rules.groups + own, options: ruleOptions(files.configuration))
        } catch {
            throw ConfigurationError(file: options.configurationFile, line: nil, reason: "rule_files: \(error)")
        }
        for warning in files.rules.warnings { logger.warning("\(warning)") }
        alertDispatch.set(
            .init(
                externalLabels: files.configuration.global.externalLabels,
                relabelling: files.configuration.alerting.alertRules, externalURL: externalURL),
            to: [parts.sender] + (parts.notifier.map { [$0.receiver] } ?? []))
        for (key, error) in await rules.recordErrors.sorted(by: { $0.key < $1.key }) {
            logger.error(
                "the state of a rule cannot be read; it begins anew", metadata: ["rule": "\(key)", "error": "\(error)"])
        }
    }
}
