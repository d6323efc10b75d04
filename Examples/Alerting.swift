import KTSDB
import KTSDBRules

/// Rules in the application's own process: what fires is a sequence.
@main
struct Alerting {
    static func main() async throws {
        let database = Database.inMemory()
        var options = RuleOptions()
        options.templates = GoRuleTemplates()  // without it, annotations stay as they are written
        let rules = RuleEngine(database, options: options)
        try await rules.load([
            RuleGroup(
                name: "rooms", interval: .seconds(1),
                rules: [
                    .alerting(
                        AlertingRule(
                            name: "TooHot", expression: "temperature_celsius > 40", for: .seconds(2),
                            annotations: ["summary": "{{ $labels.room }} has {{ $value }} °C"]))
                ])
        ])
        let evaluation = Task { await rules.run() }
        try await database.append { batch in
            batch.append(45, at: .now, to: ["__name__": "temperature_celsius", "room": "kitchen"])
        }
        for await alerts in rules.alerts {  // pending alerts do not come; firing ones come again every minute
            for alert in alerts { print(alert.rule, alert.isResolved, alert.annotations["summary"] ?? "") }
            break
        }
        await rules.stop()
        await evaluation.value
        try await database.close()
    }
}
