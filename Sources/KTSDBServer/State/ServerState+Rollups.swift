package import KTSDBEngine
internal import Logging

/// What is rolled up.
extension ServerState {
    /// The rules as they are configured.
    package var rollupRules: RollupRules { settings[RollupRuleSettings.self].rules }

    /// Applies the rules to the database if they differ from those in force.
    func applyRollups(to database: Database) async {
        let rules = rollupRules
        guard database.rollupRules != rules else { return }
        let failure = await workers.run { () -> OpenError? in
            do throws(OpenError) { try database.setRollupRules(rules) } catch { return error }
            return nil
        }
        if let failure {
            logger.error(
                "rollup rules are not in force; the old ones stay in use", metadata: ["error": "\(failure)"])
        } else {
            logger.info("rollup rules changed", metadata: ["rules": "\(rules.all.count)"])
        }
    }
}
