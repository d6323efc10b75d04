package import KTSDBModel
internal import PrometheusWire

/// Queries a server through Prometheus' API.
package struct ServerQueries: QuerySource {
    private let server: ToolServer
    private let now: Timestamp
    private let headers: [ToolServer.Request.Header]

    /// How far the range for series extends from now in a direction without a given end: about a year, as in promtool.
    private static let span = Duration.seconds(9999 * 3600)

    package init(_ server: ToolServer, now: Timestamp, headers: [ToolServer.Request.Header] = []) {
        self.server = server
        self.now = now
        self.headers = headers
    }

    package var preset: Timestamp { now }

    package func value(of expression: String, at time: Timestamp) throws(QueryProblem) -> Queried<QueriedValue> {
        let answer = try post("query", [("query", expression), ("time", time.secondsText)])
        return Queried(value: try QueriedValue(answer.value), warnings: answer.warnings, infos: answer.infos)
    }

    package func values(
        of expression: String, over range: ClosedRange<Timestamp>, step: Duration
    ) throws(QueryProblem) -> Queried<QueriedValue> {
        let seconds = formatDouble(Double(step.milliseconds) / 1000, style: .fixed)
        let answer = try post(
            "query_range",
            [
                ("end", range.upperBound.secondsText), ("query", expression), ("start", range.lowerBound.secondsText),
                ("step", seconds),
            ])
        return Queried(value: try QueriedValue(answer.value), warnings: answer.warnings, infos: answer.infos)
    }

    package func series(
        _ selectors: [String], from start: Timestamp?, to end: Timestamp?
    ) throws(QueryProblem) -> Queried<[QueriedLabels]> {
        let answer = try post("series", parameters(selectors, start, end))
        var series: [QueriedLabels] = []
        for tree in answer.value.elements { series.append(try QueriedLabels(tree)) }
        return Queried(value: series, warnings: answer.warnings, infos: answer.infos)
    }

    package func labelValues(
        _ name: String, _ selectors: [String], from start: Timestamp?, to end: Timestamp?
    ) throws(QueryProblem) -> Queried<[String]> {
        let path = "label/\(PercentEncoding.query(name).replacing("+", with: "%20"))/values"
        let request = self.request("GET", "\(path)?\(Self.form(parameters(selectors, start, end)))")
        let answer = try read(try send(request))
        return Queried(
            value: answer.value.elements.compactMap(\.text), warnings: answer.warnings, infos: answer.infos)
    }

    private func parameters(_ selectors: [String], _ start: Timestamp?, _ end: Timestamp?) -> [(String, String)] {
        [("end", (end ?? now + Self.span).secondsText)] + selectors.map { ("match[]", $0) }
            + [("start", (start ?? now - Self.span).secondsText)]
    }

    private static func form(_ parameters: [(String, String)]) -> String {
        parameters.map { "\(PercentEncoding.query($0))=\(PercentEncoding.query($1))" }.joined(separator: "&")
    }

    private func request(_ method: String, _ path: String, body: String = "") -> ToolServer.Request {
        ToolServer.Request(method, "/api/v1/" + path, headers: headers, body: Array(body.utf8))
    }

    /// Sends a form by POST; repeats the request as GET if the server does not accept that.
    private func post(_ path: String, _ parameters: [(String, String)]) throws(QueryProblem) -> Queried<JSONTree> {
        let form = Self.form(parameters)
        var request = self.request("POST", path, body: form)
        request.headers.append(ToolServer.Request.Header("Content-Type", "application/x-www-form-urlencoded"))
        let answer = try send(request)
        guard [403, 405, 501].contains(answer.status) else { return try read(answer) }
        return try read(try send(self.request("GET", "\(path)?\(form)")))
    }

    private func send(_ request: ToolServer.Request) throws(QueryProblem) -> ToolServer.Answer {
        do throws(ConnectionProblem) { return try server.send(request) } catch {
            throw QueryProblem(error.description)
        }
    }

    private func read(_ answer: ToolServer.Answer) throws(QueryProblem) -> Queried<JSONTree> {
        let isError = answer.status == 400 || answer.status == 422
        guard answer.status / 100 == 2 || isError else { throw Self.problem(answer) }
        let tree: JSONTree
        do throws(JSONTreeParser.Problem) { tree = try JSONTreeParser.parse(answer.body) } catch {
            throw QueryProblem("bad_response: \(error)")
        }
        if tree["status"]?.text == "error" {
            throw QueryProblem("\(tree["errorType"]?.text ?? ""): \(tree["error"]?.text ?? "")")
        }
        if isError { throw QueryProblem("bad_response: inconsistent body for response code") }
        func texts(_ name: String) -> [String] { tree[name]?.elements.compactMap(\.text) ?? [] }
        return Queried(value: tree["data"] ?? .null, warnings: texts("warnings"), infos: texts("infos"))
    }

    private static func problem(_ answer: ToolServer.Answer) -> QueryProblem {
        let reason: String
        switch answer.status / 100 {
        case 4: reason = "client_error: client error: \(answer.status)"
        case 5: reason = "server_error: server error: \(answer.status)"
        default: reason = "bad_response: bad response code \(answer.status)"
        }
        let text = answer.text.drop(while: \.isWhitespace)
        let detail = text.prefix(text.count - text.reversed().prefix { $0.isWhitespace }.count)
        return QueryProblem(detail.isEmpty ? reason : "\(reason) (detail: \(detail))")
    }
}

extension JSONTree {
    /// The elements of a list; empty for any other value.
    fileprivate var elements: [JSONTree] { if case .array(let elements) = self { elements } else { [] } }
}
