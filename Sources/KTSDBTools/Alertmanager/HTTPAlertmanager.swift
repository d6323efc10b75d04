internal import KTSDBModel

/// A server with Alertmanager's API, over HTTP. Requests block their thread.
package enum HTTPAlertmanager {
    /// Returns the server at an address such as `http://user:password@127.0.0.1:9093/prefix`.
    ///
    /// `file` has settings of HTTP as Prometheus' configuration has them: credentials, TLS. A request is given up after
    /// `timeout`.
    package static func connect(
        _ address: String, _ file: String?, _ timeout: Duration
    ) throws(AmtoolProblem) -> AmtoolServer {
        guard let target = ServerAddress(address) else {
            throw AmtoolProblem(
                "the address \(goQuoted(address)) is not a URL; write for example http://127.0.0.1:9093")
        }
        let server: ToolServer
        do throws(ConnectionProblem) { server = try HTTPServers.connect(target, file, timeout) } catch {
            throw AmtoolProblem(error.description)
        }
        return AmtoolServer { (method, path, body) throws(AmtoolProblem) in
            var request = ToolServer.Request(method, "/api/v2" + path, body: body)
            request.headers.append(ToolServer.Request.Header("Accept", "application/json"))
            if !body.isEmpty { request.headers.append(ToolServer.Request.Header("Content-Type", "application/json")) }
            do throws(ConnectionProblem) {
                let answer = try server.send(request)
                return (answer.status, answer.body)
            } catch { throw AmtoolProblem(error.description) }
        }
    }
}
