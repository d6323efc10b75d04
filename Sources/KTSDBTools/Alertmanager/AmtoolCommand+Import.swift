internal import KTSDBModel
internal import KTSDBNotify
internal import PrometheusWire

extension AmtoolCommand {
    /// How many silences are imported at most.
    static let importLimit = 1_000_000

    func importSilences(_ output: inout ToolOutput) throws(AmtoolProblem) {
        let bytes = try importedBytes(), server = try server()
        let silences =
            try Self.isJSON(bytes) ? Self.listed(bytes) : SilenceSnapshot.postable(bytes, at: environment.now)
        var failures = 0
        for silence in silences {
            let id = silence["id"]?.text ?? ""
            do throws(AmtoolProblem) {
                output.print(try add(silence, id: invocation.isOn("force") ? "" : id, server))
            } catch {
                failures += 1
                output.complain("Error adding silence id='\(id)': \(error)")
            }
        }
        guard failures == 0 else {
            throw AmtoolProblem("couldn't import \(failures) out of \(silences.count) silences")
        }
    }

    /// Creates a silence with its id, or with another if no silence has that.
    private func add(_ silence: JSONTree, id: String, _ server: AmtoolServer) throws(AmtoolProblem) -> String {
        let answer: JSONTree
        do throws(AmtoolProblem) {
            answer = try server.call(.postSilences, body: AmtoolModel.postable(silence, id: id))
        } catch {
            guard !id.isEmpty, error.description.contains("][404]") else { throw error }
            answer = try server.call(.postSilences, body: AmtoolModel.postable(silence, id: ""))
        }
        return answer["silenceID"]?.text ?? ""
    }

    private func importedBytes() throws(AmtoolProblem) -> [UInt8] {
        do throws(ToolFileError) {
            guard let path = invocation.arguments.first else { return try environment.files.input() }
            guard environment.files.kind(path) == .file else {
                throw ToolFileError("path '\(path)' does not exist")
            }
            return try environment.files.bytes(path)
        } catch {
            throw AmtoolProblem(error.description)
        }
    }

    /// A snapshot begins with the length of its first message and a byte 0x0a, so not with blanks and a bracket.
    private static func isJSON(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { return true }
        let isList = first == UInt8(ascii: "[")
        return isList && (try? SilenceSnapshot.silences(bytes)) == nil || first == UInt8(ascii: "{")
    }

    private static func listed(_ bytes: [UInt8]) throws(AmtoolProblem) -> [JSONTree] {
        let problem: String
        do throws(JSONTreeParser.Problem) {
            if case .array(let silences) = try JSONTreeParser.parse(bytes), silences.count <= importLimit {
                return silences
            }
            problem = "it is not a list of at most \(importLimit) silences"
        } catch { problem = error.description }
        throw AmtoolProblem("couldn't unmarshal input data, is it JSON?: \(bytes.isEmpty ? "EOF" : problem)")
    }
}
