internal import GoTemplate
internal import KTSDBModel
internal import KTSDBNotify
internal import PrometheusWire

extension AmtoolCommand {
    func querySilences(_ output: inout ToolOutput) throws(AmtoolProblem) {
        let server = try server()
        let answer = try server.call(.getSilences, query: matcherTexts.map { ("filter", $0) })
        let filter = try SilenceSelection(invocation, now: environment.now)
        let silences = AmtoolModel.list(answer).map(AmtoolModel.silence).filter(filter.contains)
        if invocation.isOn("quiet") {
            for silence in silences { output.print(silence["id"]?.text ?? "") }
        } else {
            show(silences, &output)
        }
    }

    /// Prints silences in the form that was asked for.
    func show(_ silences: [JSONTree], _ output: inout ToolOutput) {
        let sorted = silences.sorted(by: AmtoolModel.isEarlier("endsAt"))
        switch invocation["output"] {
        case "json": output.print(AmtoolModel.text(.array(silences)))
        case "extended":
            let header = "ID\tMatchers\tStarts At\tEnds At\tUpdated At\tCreated By\tComment\t\n"
            output.write(
                table(header, sorted) { silence in
                    ["{" + AmtoolModel.matchers(silence).joined(separator: ",") + "}"]
                        + ["startsAt", "endsAt", "updatedAt"].map { shown(silence[$0]) }
                })
        default:
            output.write(
                table("ID\tMatchers\tEnds At\tCreated By\tComment\t\n", sorted) { silence in
                    [AmtoolModel.matchers(silence).joined(separator: " "), shown(silence["endsAt"])]
                })
        }
    }

    private func table(_ header: String, _ silences: [JSONTree], _ middle: (JSONTree) -> [String]) -> String {
        var text = header
        for silence in silences {
            let ends = ["createdBy", "comment"].map { silence[$0]?.text ?? "" }
            let cells = [silence["id"]?.text ?? ""] + middle(silence) + ends
            text += cells.map { $0 + "\t" }.joined() + "\n"
        }
        return AlignedTable.align(text)
    }

    func addSilence(_ output: inout ToolOutput) throws(AmtoolProblem) {
        let server = try server()
        var matchers: [Matcher] = []
        for text in matcherTexts { matchers.append(try Self.matcher(text)) }
        guard !matchers.isEmpty else { throw AmtoolProblem("no matchers specified") }
        let start = try invocation["start"].map(Self.time) ?? environment.now
        var end = try invocation["end"].map(Self.time)
        if end == nil { end = start + (try Self.duration(invocation["duration"] ?? "1h")) }
        guard let end, start <= end else { throw AmtoolProblem("silence cannot start after it ends") }
        let comment = invocation["comment"] ?? ""
        if invocation.isOn("require-comment"), comment.isEmpty { throw AmtoolProblem("comment required by config") }
        let annotations = try Self.pairs(invocation.all("annotation"), "annotations")
        let silence = JSONTree.members([
            ("annotations", annotations.isEmpty ? nil : .map(annotations)), ("comment", .string(comment)),
            ("createdBy", .string(invocation["author"] ?? environment.userName)),
            ("endsAt", .string(TimeText.text(end))), ("matchers", .array(matchers.map(AmtoolModel.matcher))),
            ("startsAt", .string(TimeText.text(start))),
        ])
        output.print(try server.call(.postSilences, body: silence)["silenceID"]?.text ?? "")
    }

    /// Reads how long a silence is.
    static func duration(_ text: String) throws(AmtoolProblem) -> Duration {
        if text.isEmpty { throw AmtoolProblem("empty duration string") }
        guard let duration = PrometheusDuration.parse(text) else {
            throw AmtoolProblem("not a valid duration string: \(goQuoted(text))")
        }
        guard duration > .zero else { throw AmtoolProblem("silence duration must be greater than 0") }
        return duration
    }

    func expireSilences() throws(AmtoolProblem) {
        let server = try server()
        guard !invocation.arguments.isEmpty else { throw AmtoolProblem("no silence IDs specified") }
        for id in invocation.arguments { _ = try server.call(.deleteSilence, id: PercentEncoding.query(id)) }
    }

    func exportSilences(_ output: inout ToolOutput) throws(AmtoolProblem) {
        let query = matcherTexts.map { ("filter", $0) } + [("expired", "false")]
        let silences = AmtoolModel.list(try server().call(.getSilences, query: query)).map(AmtoolModel.silence)
        output.print(AmtoolModel.text(.array(silences)))
    }

    func updateSilences(_ output: inout ToolOutput) throws(AmtoolProblem) {
        let server = try server()
        guard !invocation.arguments.isEmpty else { throw AmtoolProblem("no silence IDs specified") }
        var updated: [JSONTree] = []
        for id in invocation.arguments {
            let old = AmtoolModel.silence(try server.call(.getSilence, id: PercentEncoding.query(id)))
            let new = try changed(old)
            let body = AmtoolModel.postable(new, id: old["id"]?.text ?? id)
            let newID = try server.call(.postSilences, body: body)["silenceID"] ?? .string(id)
            updated.append(new.replacing(["id": newID]))
        }
        if invocation.isOn("quiet") {
            for silence in updated { output.print(silence["id"]?.text ?? "") }
        } else {
            show(updated, &output)
        }
    }

    /// A silence with what the flags say.
    private func changed(_ silence: JSONTree) throws(AmtoolProblem) -> JSONTree {
        var changes: [String: JSONTree] = [:]
        var start = AmtoolModel.time(silence["startsAt"]) ?? .zero, end = AmtoolModel.time(silence["endsAt"]) ?? .zero
        if let text = invocation["start"] {
            start = try Self.time(text)
            changes["startsAt"] = .string(TimeText.milliseconds(start))
        }
        if let text = invocation["end"] {
            end = try Self.time(text)
            changes["endsAt"] = .string(TimeText.milliseconds(end))
        } else if let text = invocation["duration"] {
            end = start + (try Self.duration(text))
            changes["endsAt"] = .string(TimeText.milliseconds(end))
        }
        guard start <= end else { throw AmtoolProblem("silence cannot start after it ends") }
        if let comment = invocation["comment"], !comment.isEmpty { changes["comment"] = .string(comment) }
        return silence.replacing(changes)
    }
}

extension JSONTree {
    /// The object with other values for some of its members.
    fileprivate func replacing(_ changes: [String: JSONTree]) -> JSONTree {
        guard case .object(let members) = self else { return self }
        return .object(members.map { Member($0.name, changes[$0.name] ?? $0.value) })
    }
}

/// Which silences a query shows.
private struct SilenceSelection {
    private let now: WallTime
    private let expired: Bool
    private let author: String?
    private let id: String?
    private let within: Duration

    init(_ invocation: ToolInvocation, now: WallTime) throws(AmtoolProblem) {
        self.now = now
        expired = invocation.isOn("expired")
        author = invocation["created-by"]
        id = invocation["id"]
        guard let within = GoDurationText.parse(invocation["within"] ?? "0") else {
            throw AmtoolProblem("time: invalid duration \(goQuoted(invocation["within"] ?? ""))")
        }
        self.within = within
    }

    func contains(_ silence: JSONTree) -> Bool {
        let end = AmtoolModel.time(silence["endsAt"]) ?? .zero
        if expired ? end > now : end < now { return false }
        if within > .zero, expired ? end < now - within : end > now + within { return false }
        if let author, !author.isEmpty, silence["createdBy"]?.text != author { return false }
        return id.map { $0.isEmpty || silence["id"]?.text == $0 } ?? true
    }
}
