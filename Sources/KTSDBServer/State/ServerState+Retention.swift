package import KTSDBEngine
package import KTSDBScrape
internal import Logging

/// What is kept of samples.
extension ServerState {
    /// The limits as the configuration and the flags have them.
    package var retention: RetentionSettings { options.retention(configuration.retention) }

    /// The limits as the database takes them.
    package var retentionLimits: RetentionLimits {
        let settings = retention
        return RetentionLimits(
            age: settings.time, byteLimit: settings.size.map { UInt64($0) }, diskPercentage: settings.percentage,
            rules: self.settings[RetentionRuleSettings.self].rules)
    }

    /// Applies the limits to the database if they differ from those in force.
    func applyRetention(to database: Database) async {
        let limits = retentionLimits
        guard database.retentionLimits != limits else { return }
        await workers.run { database.setRetention(limits) }
        let text = retention.text
        logger.info(
            "retention changed",
            metadata: ["keeps": "\(text.isEmpty ? "everything" : text)", "rules": "\(limits.rules.all.count)"])
    }
}
