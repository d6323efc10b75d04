internal import KTSDBModel
internal import PrometheusWire

extension PromtoolCommand {
    /// How long a query may take.
    private static let patience = Duration.seconds(120)
    /// The length of a range whose start is not given.
    private static let rangeLength = Duration.seconds(300)
    /// The number of steps of a range whose step is not given.
    private static let stepCount: Int64 = 250

    func queryInstant() throws(CommandLineProblem) -> ToolOutput {
        let (address, rest) = try target(["expr"]), headers = try requestHeaders()
        if invocation["format"] == "chart" { throw CommandLineProblem("a chart needs a range; see query range") }
        return try withSource(address, headers) { source, output throws(QueryProblem) in
            let time = try time("time", "evaluation") ?? source.preset
            let answer = try asking { () throws(QueryProblem) in try source.value(of: rest[0], at: time) }
            note(answer.warnings + answer.infos, &output)
            if environment.isPromtool, case .string = answer.value {
                throw QueryProblem("query error: unexpected value type \"string\"")
            }
            show(answer.value, over: time...time, &output)
        }
    }

    func queryRange() throws(CommandLineProblem) -> ToolOutput {
        let (address, rest) = try target(["expr"]), headers = try requestHeaders()
        let step = try invocation.duration("step")
        return try withSource(address, headers) { source, output throws(QueryProblem) in
            let end = try time("end", "end") ?? source.preset
            let start = try time("start", "start") ?? end - Self.rangeLength
            guard start < end else { throw QueryProblem("start time is not before end time") }
            let answer = try asking { () throws(QueryProblem) in
                try source.values(of: rest[0], over: start...end, step: step ?? Self.step(end - start))
            }
            note(answer.warnings + answer.infos, &output)
            show(answer.value, over: start...end, &output)
        }
    }

    private static func step(_ length: Duration) -> Duration {
        .seconds(max(length.components.seconds / stepCount, 1))
    }

    func querySeries() throws(CommandLineProblem) -> ToolOutput {
        let (address, _) = try target([])
        return try withSource(address) { source, output throws(QueryProblem) in
            let start = try time("start", "start"), end = try time("end", "end")
            let answer = try asking { () throws(QueryProblem) in
                try source.series(invocation.all("match"), from: start, to: end)
            }
            note(answer.warnings + answer.infos, &output)
            show(answer.value, &output)
        }
    }

    func queryLabels() throws(CommandLineProblem) -> ToolOutput {
        let (address, rest) = try target(["name"])
        return try withSource(address) { source, output throws(QueryProblem) in
            let start = try time("start", "start"), end = try time("end", "end")
            let answer = try asking { () throws(QueryProblem) in
                try source.labelValues(rest[0], invocation.all("match"), from: start, to: end)
            }
            for warning in answer.warnings { output.complain("query warning: \(warning)") }
            show(values: answer.value, of: rest[0], &output)
        }
    }

    func queryAnalyze() throws(CommandLineProblem) -> ToolOutput {
        if environment.isPromtool, invocation["server"] == nil, invocation["data"] == nil {
            throw CommandLineProblem("required flag --server not provided")
        }
        let (address, _) = try target([]), duration = try invocation.duration("duration") ?? .seconds(3600)
        return try withSource(address) { source, output throws(QueryProblem) in
            let type = invocation["type"] ?? ""
            guard type == "histogram" else { throw QueryProblem("analyze type is \(type), must be 'histogram'") }
            var end = source.preset
            if let text = invocation["time"] {
                do throws(QueryProblem) { end = try time(text) } catch {
                    throw QueryProblem("error parsing time '\(text)': \(error)")
                }
            }
            var analysis = HistogramAnalysis(source)
            try analysis.run(
                invocation.all("match"), window: PrometheusDuration.format(duration), until: end, &output)
        }
    }

    // MARK: What they share

    /// Runs `body` with the server or the directory, and prints its errors.
    private func withSource(
        _ address: String, _ headers: [ToolServer.Request.Header] = [],
        _ body: (any QuerySource, inout ToolOutput) throws(QueryProblem) -> Void
    ) throws(CommandLineProblem) -> ToolOutput {
        if invocation["server"] != nil, invocation["data"] != nil {
            throw CommandLineProblem("--server and --data exclude each other")
        }
        let server = invocation["data"] == nil ? try self.address(address) : nil
        var output = ToolOutput()
        do throws(QueryProblem) {
            try body(try source(server, headers), &output)
        } catch {
            output.complain(error.description)
            output.code = 1
        }
        return output
    }

    private func source(
        _ address: ServerAddress?, _ headers: [ToolServer.Request.Header]
    ) throws(QueryProblem) -> any QuerySource {
        guard let address else {
            return try StoredQueries(
                invocation["data"] ?? "", environment.options.engine, now: environment.now)
        }
        do throws(ConnectionProblem) {
            let server = try environment.connect(address, invocation["http.config.file"], Self.patience)
            return ServerQueries(server, now: environment.now, headers: headers)
        } catch { throw QueryProblem(error.description) }
    }

    /// Runs a query; its errors get the prefix that promtool prints.
    private func asking<Value>(_ body: () throws(QueryProblem) -> Value) throws(QueryProblem) -> Value {
        do throws(QueryProblem) { return try body() } catch { throw QueryProblem("query error: \(error)") }
    }

    /// Returns the time in a flag; nil if the flag is not given.
    private func time(_ flag: String, _ what: String) throws(QueryProblem) -> Timestamp? {
        guard let text = invocation[flag] else { return nil }
        do throws(QueryProblem) { return try time(text) } catch {
            throw QueryProblem("error parsing \(what) time: \(error)")
        }
    }

    /// Prints the annotations of an answer, unless the command line is promtool's own, which does not print them.
    private func note(_ notes: [String], _ output: inout ToolOutput) {
        if !environment.isPromtool { for note in notes { output.complain("query warning: \(note)") } }
    }

    // MARK: Output

    private func show(_ value: QueriedValue, over range: ClosedRange<Timestamp>, _ output: inout ToolOutput) {
        switch (invocation["format"], value) {
        case ("json", _): output.print(value.json.line)
        case ("csv", _): output.write(value.csv)
        case ("chart", .matrix(let series)):
            output.write(TerminalChart(columns: environment.columns).text(series, over: range))
        default: output.print(value.text)
        }
    }

    private func show(_ series: [QueriedLabels], _ output: inout ToolOutput) {
        switch invocation["format"] {
        case "json": output.print(JSONTree.array(series.map(\.json)).line)
        case "csv":
            let names = CSVText.names(series)
            output.write(CSVText.lines([names] + series.map { labels in names.map { labels[$0] ?? "" } }))
        default: for labels in series { output.print(labels.setText) }
        }
    }

    private func show(values: [String], of name: String, _ output: inout ToolOutput) {
        switch invocation["format"] {
        case "json": output.print(JSONTree.array(values.map { .string($0) }).line)
        case "csv": output.write(CSVText.lines([[name]] + values.map { [$0] }))
        default: for value in values { output.print(value) }
        }
    }
}

extension JSONTree {
    /// The value on one line.
    fileprivate var line: String { String(decoding: encoded, as: UTF8.self) }
}
