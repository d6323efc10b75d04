internal import KTSDBModel
internal import PrometheusWire

extension PromtoolCommand {
    /// The server that is asked if no other is given: this program with its defaults.
    private static let defaultAddress = "http://127.0.0.1:9090"

    /// Reads the address of a server; without a scheme it is one of HTTP.
    func address(_ text: String) throws(CommandLineProblem) -> ServerAddress {
        guard let address = ServerAddress(text, preset: "http") else {
            throw CommandLineProblem("invalid URL: \(goQuoted(text)) is not like http://127.0.0.1:9090")
        }
        return address
    }

    /// The address of the server, and the arguments without it. `names` are those of the others.
    ///
    /// promtool has the server as its first argument. It can be given as a flag, and a command of ktsdb has a preset.
    func target(_ names: [String]) throws(CommandLineProblem) -> (address: String, rest: [String]) {
        let given = invocation.arguments, flag = invocation["server"] ?? invocation["data"]
        let isElsewhere = flag != nil || !environment.isPromtool && given.count == names.count
        let expected = isElsewhere ? names : ["server"] + names
        guard given.count <= expected.count else { throw CommandLineProblem("unexpected \(given[expected.count])") }
        guard given.count == expected.count else {
            throw CommandLineProblem("required argument '\(expected[given.count])' not provided")
        }
        if isElsewhere { return (flag ?? Self.defaultAddress, given) }
        return (given[0], Array(given.dropFirst()))
    }

    /// The headers of `--header`.
    func requestHeaders() throws(CommandLineProblem) -> [ToolServer.Request.Header] {
        try invocation.pairs("header").map { ToolServer.Request.Header($0.name, $0.value) }
    }

    /// Reads a time: seconds since 1970, or RFC 3339.
    func time(_ text: String) throws(QueryProblem) -> Timestamp {
        do throws(ParameterError) { return try APIParameter.time(text) } catch {
            throw QueryProblem(error.description)
        }
    }

    /// The output of a command that failed.
    static func failure(_ reason: String) -> ToolOutput {
        var output = ToolOutput()
        output.complain(reason)
        output.code = 1
        return output
    }
}
