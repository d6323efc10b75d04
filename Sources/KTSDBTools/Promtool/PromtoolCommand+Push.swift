internal import KTSDBModel

extension PromtoolCommand {
    /// Sends metrics by remote write.
    func pushMetrics() throws(CommandLineProblem) -> ToolOutput {
        let message = invocation["protobuf_message"] ?? ""
        guard message == "prometheus.WriteRequest" else {
            return Self.failure(
                "  FAILED: invalid protobuf message \(goQuoted(message)), ktsdb sends prometheus.WriteRequest only")
        }
        let address = try address(invocation.arguments[0]), headers = try requestHeaders()
        let labels = try pushedLabels(), timeout = try invocation.duration("timeout") ?? .seconds(30)
        let files = Array(invocation.arguments.dropFirst())
        if let refusal = ToolArguments.refusal(files, environment.files, environment.options) { return refusal }
        // The complete address of the endpoint is accepted, too.
        let path = invocation["remote-write.path"] ?? ""
        do throws(ConnectionProblem) {
            let server = try environment.connect(address, invocation["http.config.file"], timeout)
            let push = MetricPush(
                server, path: address.base.hasSuffix(path) ? "" : path, headers: headers, labels: labels,
                now: environment.now)
            return push.run(files, environment.files)
        } catch { return Self.failure("  FAILED: \(error)") }
    }

    /// Returns the labels that are added to all metrics.
    private func pushedLabels() throws(CommandLineProblem) -> [(name: String, value: String)] {
        let given = try invocation.pairs("label")
        let job = invocation["job_label"].map { [(name: "job", value: $0)] } ?? []
        return given.isEmpty && job.isEmpty ? [("job", "promtool")] : given + job
    }
}
