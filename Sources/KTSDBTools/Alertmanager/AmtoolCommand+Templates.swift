internal import GoTemplate
internal import KTSDBConfiguration
internal import KTSDBNotify
internal import PrometheusWire

extension AmtoolCommand {
    func renderTemplate(_ output: inout ToolOutput) throws(AmtoolProblem) {
        let globs = invocation.all("template.glob")
        guard !globs.isEmpty else { throw AmtoolProblem("required flag --template.glob not provided") }
        guard let text = invocation["template.text"] else {
            throw AmtoolProblem("required flag --template.text not provided")
        }
        var files: [(name: String, text: String)] = []
        do {
            for path in globs.flatMap(environment.files.matching) where environment.files.kind(path) != .missing {
                files.append((path, try environment.files.text(path)))
            }
            let templates = try NotificationTemplates(files: files, location: Self.location)
            let data = try templateData()
            let isPage = invocation["template.type"] == "html"
            output.write(try templates.expand(text, data, as: isPage ? .html : .text, at: environment.now))
        } catch let error as AmtoolProblem {
            throw error
        } catch {
            throw AmtoolProblem("\(error)")
        }
    }

    @Sendable private static func location(_ name: String) -> Location? {
        try? Location.load(name, read: TimeZoneFile.read)
    }

    /// The data of the file, or those that amtool has for a test.
    private func templateData() throws -> GoValue {
        guard let file = invocation["template.data"] else {
            return AmtoolTemplateData.value(AmtoolTemplateData.example(at: environment.now))
        }
        return AmtoolTemplateData.value(try JSONTreeParser.parse(try environment.files.bytes(file)))
    }
}

/// Data of notifications as JSON has them.
enum AmtoolTemplateData {
    static func value(_ json: JSONTree) -> GoValue {
        let alerts = AmtoolModel.list(member(json, "alerts") ?? .null).map(alert)
        var fields: [(String, String, GoValue)] = [
            ("Receiver", "receiver", .text(text(json, "receiver"))), ("Status", "status", .text(text(json, "status"))),
            ("Alerts", "alerts", TemplateData.list(alerts)),
        ]
        for name in ["GroupLabels", "CommonLabels", "CommonAnnotations", "RouteLabels"] {
            let key = name.prefix(1).lowercased() + name.dropFirst()
            fields.append((name, key, pairs(json, key)))
        }
        fields.append(("NotificationReason", "notification_reason", .text(text(json, "notification_reason"))))
        fields.append(("ExternalURL", "externalURL", .text(text(json, "externalURL"))))
        return .object(TemplateRecord("template.Data", isPointer: true, fields))
    }

    private static func alert(_ json: JSONTree) -> GoValue {
        func time(_ name: String) -> GoTime { (AmtoolModel.time(member(json, name)) ?? .zero).goTime }
        return TemplateData.Alert.goValue(
            status: text(json, "status"), labels: pairs(json, "labels"), annotations: pairs(json, "annotations"),
            startsAt: time("startsAt"), endsAt: time("endsAt"), generatorURL: text(json, "generatorURL"),
            fingerprint: text(json, "fingerprint"))
    }

    /// A member by its name, in upper or lower case.
    private static func member(_ json: JSONTree, _ name: String) -> JSONTree? {
        guard case .object(let members) = json else { return nil }
        return members.last { $0.name.lowercased() == name.lowercased() }?.value
    }

    private static func text(_ json: JSONTree, _ name: String) -> String { member(json, name)?.text ?? "" }

    private static func pairs(_ json: JSONTree, _ name: String) -> GoValue {
        guard case .object(let members) = member(json, name) else { return KeyValues().goValue }
        return KeyValues(members.map { ($0.name, $0.value.text ?? "") }).goValue
    }

    /// The data that amtool renders templates with if none are given.
    static func example(at now: WallTime) -> JSONTree {
        func labels(_ pairs: KeyValues) -> JSONTree { .map(pairs) }
        func alert(_ number: Int, _ minutes: Int, _ own: KeyValues, _ notes: KeyValues) -> JSONTree {
            .members([
                ("status", .string("alertstatus")), ("labels", labels(own)), ("annotations", labels(notes)),
                ("startsAt", .string(TimeText.text(now - .seconds(60 * minutes)))),
                ("endsAt", .string(TimeText.text(now))), ("generatorURL", .string("https://generatorurl.com")),
                ("fingerprint", .string("fingerprint\(number)")),
            ])
        }
        let common: KeyValues = ["commonlabelkey1": "commonlabelvalue1", "commonlabelkey2": "commonlabelvalue2"]
        let notes: KeyValues = [
            "commonannotationkey1": "commonannotationvalue1", "commonannotationkey2": "commonannotationvalue2",
        ]
        func with(_ pairs: KeyValues, _ more: [(String, String)]) -> KeyValues {
            KeyValues(pairs.pairs.map { ($0.name, $0.value) } + more)
        }
        let alerts = [
            alert(
                1, 5, with(common, [("label1", "value1"), ("label2", "value2"), ("instance", "foo.bar:1234")]),
                with(notes, [("annotation1", "value1"), ("annotation2", "value2")])),
            alert(
                2, 10, with(common, [("foo", "bar"), ("baz", "qux")]), with(notes, [("aaa", "bbb"), ("ccc", "ddd")])),
        ]
        return .members([
            ("receiver", .string("receiver")), ("status", .string("alertstatus")), ("alerts", .array(alerts)),
            ("groupLabels", labels(["grouplabelkey1": "grouplabelvalue1", "grouplabelkey2": "grouplabelvalue2"])),
            ("commonLabels", labels(common)), ("commonAnnotations", labels(notes)),
            ("externalURL", .string("https://example.com")),
        ])
    }
}
