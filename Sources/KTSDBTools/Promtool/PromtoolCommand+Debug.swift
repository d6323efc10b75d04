internal import KTSDBModel

extension PromtoolCommand {
    /// How long fetching a page may take.
    private static let patience = Duration.seconds(60)
    private static let noProfiles =
        "ktsdb has no profiles of Go (/debug/pprof); its metrics show where time and memory go, and `perf` works on it"

    func collect(_ pages: [DebugBundle.Page]) throws(CommandLineProblem) -> ToolOutput {
        let address = try address(try target([]).address), headers = try requestHeaders()
        var output = ToolOutput()
        if pages.count > 1 { output.print(Self.noProfiles) }
        do throws(ConnectionProblem) {
            let server = try environment.connect(address, invocation["http.config.file"], Self.patience)
            let bundle = DebugBundle(server, headers: headers, now: environment.now)
            output.add(bundle.run(pages, into: invocation["output"] ?? "debug.tar.gz", environment.files))
        } catch {
            output.add(Self.failure("error completing debug command: \(error)"))
        }
        return output
    }

    func refuseProfiles() -> ToolOutput { Self.failure("error completing debug command: \(Self.noProfiles)") }
}
