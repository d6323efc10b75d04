package import KTSDBConfiguration
package import KTSDBNotify
internal import PrometheusWire

/// What commands of amtool know of the world.
package struct AmtoolEnvironment: Sendable {
    /// How the program calls itself in errors: `amtool` prints what that prints, to the last empty line.
    package var program: String
    package var files: ToolFiles
    /// Who silences are created by, if nothing is said.
    package var userName: String
    /// The time at the beginning of the command.
    package var now: WallTime
    /// Values of flags that are not given: `alertmanager.url` and whatever else amtool's configuration files have.
    package var presets: [String: String]
    /// Where variables in files have their values from.
    package var variables = Variables.environment
    /// Returns a connection to a server at an address, with a file of HTTP settings, that waits so long.
    package var connect:
        @Sendable (_ address: String, _ settings: String?, _ timeout: Duration) throws(AmtoolProblem) -> AmtoolServer

    package init(
        program: String = "ktsdb", files: ToolFiles = ToolFiles(), userName: String = "", now: WallTime,
        presets: [String: String] = [:],
        connect: @escaping @Sendable (String, String?, Duration) throws(AmtoolProblem) -> AmtoolServer
    ) {
        self.program = program
        self.files = files
        self.userName = userName
        self.now = now
        self.presets = presets
        self.connect = connect
    }
}

/// A server with Alertmanager's API.
package struct AmtoolServer: Sendable {
    /// What a server answers: the status and the body.
    package typealias Answer = (status: Int, body: [UInt8])

    private let send: @Sendable (_ method: String, _ target: String, _ body: [UInt8]) throws(AmtoolProblem) -> Answer

    /// Creates a server from a function that sends a request to a path after `/api/v2` and waits for the answer.
    package init(
        send: @escaping @Sendable (_ method: String, _ target: String, _ body: [UInt8]) throws(AmtoolProblem) -> Answer
    ) { self.send = send }

    /// Calls an endpoint and returns its answer.
    /// - Throws: ``AmtoolProblem`` if the status is not 200: `[POST /alerts][400] postAlertsBadRequest  TEXT`.
    func call(
        _ endpoint: APIEndpoint, id: String = "", query: [(String, String)] = [], body: JSONTree? = nil
    ) throws(AmtoolProblem) -> JSONTree {
        let path = endpoint.path.replacing("{silenceID}", with: id)
        let text = query.map { "\(Self.encoded($0))=\(Self.encoded($1))" }.joined(separator: "&")
        let (status, bytes) = try send(endpoint.method, text.isEmpty ? path : "\(path)?\(text)", body?.encoded ?? [])
        guard status == 200 else { throw Self.problem(endpoint, status, bytes) }
        if bytes.isEmpty { return .null }
        do throws(JSONTreeParser.Problem) { return try JSONTreeParser.parse(bytes) } catch {
            throw AmtoolProblem("the answer of \(endpoint.method) \(endpoint.path) is not JSON: \(error)")
        }
    }

    private static func encoded(_ text: String) -> String { PercentEncoding.query(text) }

    private static func problem(_ endpoint: APIEndpoint, _ status: Int, _ body: [UInt8]) -> AmtoolProblem {
        let names = [400: "BadRequest", 404: "NotFound", 500: "InternalServerError"]
        let answer = try? JSONTreeParser.parse(body)
        let text = answer?.text ?? answer?["message"]?.text ?? String(decoding: body.prefix(500), as: UTF8.self)
        let name = names[status].map { " \(endpoint.rawValue)\($0)" } ?? ""
        return AmtoolProblem(
            "[\(endpoint.method) \(endpoint.path)][\(status)]\(name) \(text.isEmpty ? "" : " ")\(text)")
    }
}
