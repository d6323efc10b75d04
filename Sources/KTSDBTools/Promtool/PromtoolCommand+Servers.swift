internal import KTSDBModel
internal import PrometheusWire

extension PromtoolCommand {
    /// The server that is queried if none is given: this program with its defaults.
    private static let defaultAddress = "http://127.0.0.1:9090"

    /// Reads the address of a server; an address without a scheme is one of HTTP.
    func address(_ text: String) throws(CommandLineProblem) -> ServerAddress {
        guard let address = ServerAddress(text, preset: "http") else {
            throw CommandLineProblem("invalid URL: \(goQuoted(text)) is not like http://127.0.0.1:9090")
        }
        return address
    }

    /// Returns the address of the server, and the other arguments, whose names are `names`.
    ///
    /// promtool takes the server as its first argument. The server can also be given as a flag, and ktsdb's own
    /// commands have a default.
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

    /// Returns the headers given by `--header`.
    func requestHeaders() throws(CommandLineProblem) -> [ToolServer.Request.Header] {
        try invocation.pairs("header").map { ToolServer.Request.Header($0.name, $0.value) }
    }

    /// Reads a time: seconds since 1970, or RFC 3339.
    func time(_ text: String) throws(QueryProblem) -> Timestamp {
        do throws(ParameterError) { return try APIParameter.time(text) } catch {
            throw QueryProblem(error.description)
        }
    }

    /// Returns the output of a command that failed.
    static func failure(_ reason: String) -> ToolOutput {
        var output = ToolOutput()
        output.complain(reason)
        output.code = 1
        return output
    }
}
