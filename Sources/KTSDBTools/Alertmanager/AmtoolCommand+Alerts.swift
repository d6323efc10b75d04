internal import KTSDBModel
internal import KTSDBNotify
internal import PrometheusWire

extension AmtoolCommand {
    func queryAlerts(_ output: inout ToolOutput) throws(AmtoolProblem) {
        let server = try server(), filters = matcherTexts
        let states = ["silenced", "inhibited", "active", "unprocessed"].filter(invocation.isOn)
        // Without a state, those that are active are meant.
        let wanted = states.isEmpty ? ["active"] : states
        var query = [("active", "\(wanted.contains("active"))")]
        query += filters.map { ("filter", $0) }
        query.append(("inhibited", "\(wanted.contains("inhibited"))"))
        if let receiver = invocation["receiver"] { query.append(("receiver", receiver)) }
        query += ["silenced", "unprocessed"].map { ($0, "\(wanted.contains($0))") }
        let alerts = AmtoolModel.list(try server.call(.getAlerts, query: query)).map(AmtoolModel.alert)
        switch invocation["output"] {
        case "json": output.print(AmtoolModel.text(.array(alerts)))
        case "extended": output.write(extended(alerts.sorted(by: AmtoolModel.isEarlier("startsAt"))))
        default: output.write(simple(alerts.sorted(by: AmtoolModel.isEarlier("startsAt"))))
        }
    }

    private func simple(_ alerts: [JSONTree]) -> String {
        var text = "Alertname\tStarts At\tSummary\tState\t\n"
        for alert in alerts {
            let name = alert["labels"]?["alertname"]?.text ?? "", summary = alert["annotations"]?["summary"]?.text ?? ""
            text += "\(name)\t\(shown(alert["startsAt"]))\t\(summary)\t\(alert["status"]?["state"]?.text ?? "")\t\n"
        }
        return AlignedTable.align(text)
    }

    private func extended(_ alerts: [JSONTree]) -> String {
        var text = "Labels\tAnnotations\tStarts At\tEnds At\tGenerator URL\tState\t\n"
        for alert in alerts {
            let cells = [
                Self.pairs(alert["labels"]), Self.pairs(alert["annotations"]), shown(alert["startsAt"]),
                shown(alert["endsAt"]), alert["generatorURL"]?.text ?? "", alert["status"]?["state"]?.text ?? "",
            ]
            text += cells.map { $0 + "\t" }.joined() + "\n"
        }
        return AlignedTable.align(text)
    }

    private static func pairs(_ value: JSONTree?) -> String {
        guard case .object(let members) = value else { return "" }
        return members.map { "\($0.name)=\"\($0.value.text ?? "")\"" }.sorted().joined(separator: " ")
    }

    func addAlert() throws(AmtoolProblem) {
        let server = try server()
        let labels = try Self.pairs(matcherTexts, "labels")
        let annotations = try Self.pairs(invocation.all("annotation"), "annotations")
        let start = try invocation["start"].map(Self.time) ?? .zero
        let end = try invocation["end"].map(Self.time) ?? .zero
        let url = invocation["generator-url"] ?? ""
        let alert = JSONTree.members([
            ("annotations", annotations.isEmpty ? nil : .map(annotations)), ("endsAt", .string(TimeText.text(end))),
            ("startsAt", .string(TimeText.text(start))), ("generatorURL", url.isEmpty ? nil : .string(url)),
            ("labels", .map(labels)),
        ])
        _ = try server.call(.postAlerts, body: .array([alert]))
    }
}
