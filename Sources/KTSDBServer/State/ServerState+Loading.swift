internal import KTSDBAlerting
internal import KTSDBNotify
internal import KTSDBRules
internal import KTSDBScrape
internal import Logging

extension ServerState {
    /// Logs what was loaded, with counts: a file that was cut off, or another one than was meant, shows in them.
    func noteLoaded(_ files: LoadedFiles) {
        logger.info("configuration loaded", metadata: files.counts(options.configurationFile))
        guard let notifier = files.notifier else { return }
        for warning in notifier.warnings { logger.warning("\(warning)", metadata: ["file": "\(notifier.file)"]) }
    }
}

extension LoadedFiles {
    /// How much there is of what, as the log has it.
    func counts(_ file: String) -> Logger.Metadata {
        var counts: Logger.Metadata = [
            "file": "\(file)", "scrape_jobs": "\(configuration.jobs.count)",
            "rule_groups": "\(rules.groups.count)", "rules": "\(rules.groups.reduce(0) { $0 + $1.rules.count })",
        ]
        guard let notifier else { return counts }
        counts["routes"] = "\(notifier.plan.routes.routes.count)"
        counts["receivers"] = "\(notifier.receivers.count)"
        counts["integrations"] = "\(notifier.integrations.count)"
        counts["inhibit_rules"] = "\(notifier.plan.inhibitionRules.count)"
        counts["time_intervals"] = "\(notifier.plan.timeIntervals.count)"
        return counts
    }
}
