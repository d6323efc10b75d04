internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBRules
internal import PrometheusWire

extension JSONWriter {
    /// Writes an explanation of a rule.
    mutating func explanation(_ explanation: AlertExplanation) {
        object { json in
            json.member("rule", explanation.rule.name)
            json.member("group", explanation.group.name)
            json.member("file", explanation.group.file)
            json.member("time", Self.text(explanation.time))
            json.member("state", explanation.state.description)
            json.member("for", explanation.rule.holdDuration / .seconds(1))
            json.member("interval", explanation.interval / .seconds(1))
            json.member("reasons", explanation.reasons)
            json.key("expression")
            json.operand(explanation.operand)
            json.array("alerts", explanation.alerts) { $0.progress($1) }
            if let error = explanation.lastError { json.member("lastError", error) }
            json.object("history") { json in
                json.member("since", Self.text(explanation.historyStart))
                json.backtest(explanation.history)
            }
        }
    }

    private mutating func operand(_ operand: OperandExplanation) {
        object { json in
            json.member("text", operand.text)
            json.member("series", operand.seriesCount)
            json.member("nan", operand.nanCount)
            json.member("minimum", operand.minimum.map { formatDouble($0) })
            json.member("maximum", operand.maximum.map { formatDouble($0) })
            if let error = operand.error { json.member("error", error) }
            json.array("samples", operand.samples) { $0.ruleSample($1) }
            if let nearest = operand.nearest {
                json.key("nearest")
                json.ruleSample(nearest)
            }
            json.array("operands", operand.parts) { $0.operand($1) }
        }
    }

    private mutating func ruleSample(_ sample: RuleSample) {
        object { json in
            json.member("labels", sample.labels)
            json.member("value", formatDouble(sample.value))
        }
    }

    private mutating func progress(_ alert: AlertExplanation.AlertProgress) {
        object { json in
            json.member("labels", alert.labels)
            json.member("state", alert.state.description)
            json.member("value", formatDouble(alert.value))
            json.member("activeAt", Self.text(alert.activeAt))
            json.member(alert.state == .firing ? "firedAt" : "firesAt", Self.text(alert.firesAt))
            if let kept = alert.keptUntil { json.member("keptFiringUntil", Self.text(kept)) }
        }
    }

    /// Writes the members of what a back-test found.
    mutating func backtest(_ report: BacktestReport) {
        member("evaluations", report.evaluations)
        member("fired", report.fired.count)
        member("omittedRuns", report.omittedRuns)
        array("failures", report.failures.sorted { $0.key < $1.key }) { json, failure in
            json.object {
                $0.member("error", failure.key)
                $0.member("count", failure.value)
            }
        }
        array("runs", report.runs) { $0.run($1) }
    }

    private mutating func run(_ run: BacktestReport.Run) {
        object { json in
            json.member("labels", run.labels)
            json.object("annotations") { json in
                for pair in run.annotations { json.member(named: pair.name, pair.text) }
            }
            json.member("activeAt", Self.text(run.activeAt))
            json.member("firedAt", run.firedAt.map(Self.text))
            json.member("endedAt", run.endedAt.map(Self.text))
            json.member("value", formatDouble(run.value))
        }
    }

    /// Writes any JSON.
    mutating func tree(_ tree: JSONTree) {
        switch tree {
        case .null: null()
        case .bool(let value): bool(value)
        case .number(let text): if let whole = Int(text) { integer(whole) } else { number(Double(text) ?? .nan) }
        case .string(let text): string(text)
        case .array(let elements): array(elements) { $0.tree($1) }
        case .object(let members):
            object { json in
                for member in members {
                    json.key(member.name)
                    json.tree(member.value)
                }
            }
        }
    }

    private static func text(_ time: PreciseTime) -> String { RFC3339.format(nanoseconds: time.nanoseconds) }
}
