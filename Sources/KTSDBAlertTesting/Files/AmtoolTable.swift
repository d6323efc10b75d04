import KTSDBModel
import KTSDBNotify
import KTSDBTools
internal import PrometheusWire

/// `recorded_amtool.json`: a session of amtool 0.25 with a server, played by our commands against our API.
struct AmtoolTable {
    static let table = AlertTable("recorded_amtool.json") { recording, _, result in
        var session = try AmtoolTable(recording)
        for step in recording.list {
            let number = step["step"]?.integer ?? 0, words = step["command"]?.texts ?? []
            let name = "#\(number) \(words.joined(separator: " "))"
            let output = session.run(words, isLast: step["note"]?.text == "server stopped")
            if step["exit"] == nil {
                result.skip(name, because: "its answer is held back")
            } else {
                result.check(name) { try session.compare(output, step) }
            }
        }
    }

    private let server: VirtualAlertmanager
    /// Ids of silences: those that were recorded, and ours.
    private var ids: [(recorded: String, ours: String)] = []

    /// When the session was recorded.
    private static let time = TimeText.parse("2026-11-28T22:33:06.100Z") ?? .zero
    /// A configuration for the session, if the recording does not have it.
    private static let configuration = """
        route:
          receiver: default
          routes:
          - receiver: pager
            matchers: [severity="critical"]
        inhibit_rules:
        - source_matchers: [severity="critical"]
          target_matchers: [severity="warning"]
          equal: [alertname]
        receivers: [{name: default}, {name: pager}]

        """

    private init(_ recording: TableValue) throws {
        let shown = recording.list.first { $0["command"]?.texts == ["amtool", "config", "show"] }?["stdout"]?.text
        let text = shown ?? Self.configuration
        server = try VirtualAlertmanager(try FileTable.configuration(text), text: text, at: Self.time)
    }

    private func run(_ words: [String], isLast: Bool) -> ToolOutput {
        if isLast { server.stop() }
        let line = words.dropFirst().map { word in ids.reduce(word) { $0.replacing($1.recorded, with: $1.ours) } }
        let environment = server.environment(program: "amtool", files: ToolFiles(root: "/nonexistent"))
        return AmtoolCommand.run(line, environment)
    }

    // MARK: Comparing

    private mutating func compare(_ output: ToolOutput, _ step: TableValue) throws {
        let wanted = step["stdout"]?.text ?? "", found = output.output
        if let recorded = Self.id(wanted), let own = Self.id(found), !ids.contains(where: { $0.recorded == recorded }) {
            ids.append((recorded, own))
        }
        try check(Self.masked(translated(output.errors)), is: Self.masked(Self.current(step["stderr"]?.text ?? "")))
        try check(output.code, is: (step["exit"]?.integer).map { Int32($0) }, "the exit code")
        if step["command"]?.texts == ["amtool", "config", "show"] {
            // The server writes the configuration as it was given, not as it was understood.
            _ = try FileTable.configuration(found)
        } else if wanted.hasPrefix("[") || wanted.hasPrefix("{") {
            try check(Self.comparable(translated(found)), is: Self.comparable(wanted))
        } else {
            try check(Self.masked(translated(found)), is: Self.masked(wanted))
        }
    }

    /// The id that is all of an output.
    private static func id(_ text: String) -> String? {
        let line = text.hasSuffix("\n") ? text.dropLast() : text[...]
        return line.count == 36 && line.allSatisfy { $0.isHexDigit || $0 == "-" } ? String(line) : nil
    }

    private func translated(_ text: String) -> String {
        ids.reduce(text) { $0.replacing($1.ours, with: $1.recorded) }
    }

    /// What version 0.34 says otherwise.
    private static func current(_ text: String) -> String {
        text.replacing("silence invalid: at least one", with: "invalid silence: matcher set 0: at least one")
            .replacing(
                "[500] deleteSilenceInternalServerError  silence not found", with: "[404] deleteSilenceNotFound ")
    }

    /// A text without times of the session, and without the address of its server.
    private static func masked(_ text: String) -> String {
        var result = text
        for pattern in ["2026-11-2[89][ T][0-9:.]+(Z| UTC)", "(localhost|127\\.0\\.0\\.1|\\[::1\\]):[0-9]+"] {
            guard let expression = try? Regex(pattern) else { continue }
            result = result.replacing(expression, with: "MASKED")
        }
        return result
    }

    /// JSON without what version 0.34 has added.
    private static func comparable(_ text: String) throws -> String {
        func reduced(_ value: JSONTree) -> JSONTree {
            switch value {
            case .object(let members):
                .object(
                    members.filter { $0.name != "mutedBy" && !($0.name == "annotations" && $0.value == .object([])) }
                        .map { JSONTree.Member($0.name, reduced($0.value)) })
            case .array(let elements): .array(elements.map(reduced))
            default: value
            }
        }
        let tree = reduced(try JSONTreeParser.parse(Array(text.utf8)).sortedByName)
        return masked(String(decoding: tree.encoded, as: UTF8.self))
    }
}
