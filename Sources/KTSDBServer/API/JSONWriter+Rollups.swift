internal import KTSDBEngine
internal import PrometheusWire

extension JSONWriter {
    /// Writes what has been rolled up.
    mutating func rollups(_ rollups: RollupStatistics) {
        object { json in
            json.array("rules", rollups.rules) { json, rule in
                json.object { json in
                    json.member("name", rule.name)
                    json.member("interval", PrometheusDuration.format(rule.interval))
                    if let keep = rule.keep { json.member("keep", PrometheusDuration.format(keep)) }
                    json.member("complete", rule.isComplete)
                    json.member("waitingBlocks", rule.waitingBlocks)
                }
            }
            json.member("blocks", rollups.blocks)
            json.member("blockBytes", Int(clamping: rollups.blockBytes))
            json.member("points", Int(clamping: rollups.points))
            json.member("rounds", rollups.rounds)
            json.member("writtenPoints", rollups.writtenPoints)
            json.member("readSamples", rollups.readSamples)
            json.member("lostBlocks", rollups.lostBlocks)
            json.member("failures", rollups.failures)
            if let failure = rollups.failure { json.member("failure", failure) }
        }
    }
}
