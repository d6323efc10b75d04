import GoTemplate
import KTSDBAlertingFiles
import KTSDBEngine
import KTSDBModel
import KTSDBRules
import KTSDBTesting
import Testing

@testable import KerpLoadModel

/// The seed's rules over the service's metrics, in virtual time.
@Suite struct `Alerts about the load program` {
    private static let able: Set = [
        "HighErrorRate", "SlowResponseTime", "APIDown", "HighMemoryUsage", "SlowDatabaseQueries",
        "DatabaseConnectionPoolExhausted", "LowCacheHitRatio", "PopbillAPIErrors", "VoucherProcessingSurge",
        "TaxInvoiceFailureSpike",
    ]

    /// The evaluation of the seed's rules while the service works.
    private struct Run {
        var service: KerpService
        let storage: DatabaseRuleStorage
        let evaluators: [GroupEvaluator]
        /// The names of the alerts that fired, by phase.
        var fired: [Phase: Set<String>] = [:]

        init(_ rules: [UInt8]) throws {
            var options = RuleFile.Options(), ruleOptions = RuleOptions(), configuration = Database.Configuration()
            options.interval = .seconds(15)
            ruleOptions.templates = GoRuleTemplates()
            configuration.runsMaintenance = false
            let file = try RuleFile.read(String(decoding: rules, as: UTF8.self), file: "api.yml", options: options)
            let storage = DatabaseRuleStorage(.inMemory(configuration))
            self.storage = storage
            evaluators = try file.groups.map { group in
                GroupEvaluator(try PreparedGroup(group, ruleOptions.language), storage: storage, options: ruleOptions)
            }
            var settings = KerpService.Settings()
            settings.rate = 8
            settings.tick = .seconds(15)
            service = KerpService(
                settings, addresses: Fixture.addresses,
                schedule: PhaseSchedule(
                    start: Fixture.start, good: .seconds(240), bad: .seconds(1080), recovered: .seconds(600)),
                start: Fixture.start - .seconds(25 * 3600))
        }

        /// Lets the service work and stores what it exposes of these metrics.
        mutating func advance(by step: Duration, _ metrics: [KerpMetric] = KerpMetric.allCases) throws {
            service.advance(to: service.time + step)
            let service = service
            _ = try storage.database.append { batch in
                for instance in service.instances {
                    let target = [("job", "kerp-api"), ("instance", instance.address)]
                    func add(_ name: String, _ labels: [(String, String)], _ value: Double) {
                        batch.append(value, at: service.time, to: Labels(target + [("__name__", name)] + labels))
                    }
                    add("up", [], instance.isDown ? 0 : 1)
                    for metric in metrics where !instance.isDown {
                        instance.table.forEachSample(of: metric) { name, labels, value in
                            add(name, labels.map { ($0.name, $0.value) }, value)
                        }
                    }
                }
            }
        }

        mutating func evaluate() {
            let time = PreciseTime(service.time)
            for evaluator in evaluators { evaluator.evaluate(at: time) }
            fired[service.schedule.phase(at: service.time), default: []].formUnion(firing)
        }

        var firing: [String] {
            evaluators.flatMap { evaluator in
                zip(evaluator.group.rules, evaluator.state.ruleStates).filter { $1.alertState == .firing }.map(\.0.name)
            }
        }
    }

    @Test func `fire in the bad phase, all ten that can, and resolve in the recovered one`() throws {
        guard let rules = try Fixture.seedFile("monitoring/prometheus/alerts/api-alerts.yml") else { return }
        var run = try Run(rules)
        // One alert alone looks at the day before.
        while run.service.time + .seconds(60) < Fixture.start {
            try run.advance(by: .seconds(60), [.vouchersCreated])
        }
        while !run.service.schedule.isOver(at: run.service.time) {
            try run.advance(by: .seconds(15))
            run.evaluate()
        }
        #expect(run.fired[.good] == [])
        #expect(run.fired[.bad] == Self.able)
        #expect(run.firing == [])
    }
}
