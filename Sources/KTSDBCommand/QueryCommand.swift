internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBServer
internal import PromQL
internal import PrometheusWire

/// The commands about queries.
struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Ask a server, or the directory of a database, and look at queries.",
        discussion: """
            Arguments, texts and exit codes are those of promtool. The server is the first argument, or --server; it may \
            be left out for http://127.0.0.1:9090. --data reads a directory that no server uses, and changes nothing in it.

              ktsdb query instant 'sum by (job) (up)'
              ktsdb query range --server http://db:9090 --start 2026-10-01T00:00:00Z --format chart 'rate(x[5m])'
              ktsdb query series --data data --match '{job="api"}' --format csv
            """,
        subcommands: [
            PromtoolArguments<QueryInstant>.self, PromtoolArguments<QueryRange>.self,
            PromtoolArguments<QuerySeries>.self, PromtoolArguments<QueryLabels>.self,
            PromtoolArguments<QueryAnalyze>.self, ExplainCommand.self, FunctionsCommand.self,
        ])
}

enum QueryInstant: PromtoolWords { static let words = ["query", "instant"] }
enum QueryRange: PromtoolWords { static let words = ["query", "range"] }
enum QuerySeries: PromtoolWords { static let words = ["query", "series"] }
enum QueryLabels: PromtoolWords { static let words = ["query", "labels"] }
enum QueryAnalyze: PromtoolWords { static let words = ["query", "analyze"] }

/// Prints the functions that queries can call.
struct FunctionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "functions",
        abstract: "List the functions of PromQL: arguments, what each takes from samples, and its meaning.")

    @Argument(help: "Only functions whose names contain this text.")
    var name: String?

    func run() throws {
        let listing = FunctionTable.listing(containing: name ?? "")
        guard !listing.isEmpty else { throw StartError("no function has a name that contains \(name ?? "")") }
        print(listing, terminator: "")
    }
}

/// Prints how an expression is evaluated.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract:
            "Evaluate an expression and print the plan as a tree, with the time, series and samples of each part.",
        discussion: """
            Asks the server at --server, or reads the directory at --data, which no server may be using. With --start, --end \
            and --step, evaluates a range query, otherwise an instant query.
            """)

    @Argument(help: "The expression.")
    var expression: String

    @Option(help: "The server's URL, including its route prefix.")
    var server = "http://127.0.0.1:9090"

    @Option(help: "The directory of a database, instead of a server.")
    var data: String?

    @Option(help: "The time to evaluate at: seconds since 1970 or RFC 3339. Default: now.")
    var time: String?

    @Option(help: "The first time of a range.")
    var start: String?

    @Option(help: "The last time of a range.")
    var end: String?

    @Option(help: "The step of a range: seconds, or a duration such as 1m.")
    var step: String?

    func validate() throws {
        let given = [start, end, step].filter { $0 != nil }.count
        guard given == 0 || given == 3 else {
            throw ValidationError("--start, --end and --step must be given together")
        }
        guard given == 0 || time == nil else {
            throw ValidationError("--time is for an instant query, --start for a range; give one of them")
        }
    }

    func run() async throws {
        if let data {
            print(try await explanation(of: data), terminator: "")
        } else {
            print(try await ask(), terminator: "")
        }
    }

    // MARK: A server

    private func ask() async throws -> String {
        var form = [(name: "query", value: expression)]
        for (name, value) in [("time", time), ("start", start), ("end", end), ("step", step)] {
            if let value { form.append((name, value)) }
        }
        return try await ServerQuestion(server: server, path: "query_explain", form: form).ask()
    }

    // MARK: A directory

    private func explanation(of directory: String) async throws -> String {
        guard (try? POSIXFileSystem().exists(directory)) ?? false else {
            throw StartError("the directory \(directory) does not exist")
        }
        let database: Database
        do throws(OpenError) {
            database = try Database.reading(path: directory)
        } catch {
            throw StartError("\(error)")
        }
        defer { try? database.close() }
        do {
            let engine = PromQLEngine(), view = database.readView(), query = try engine.prepare(expression)
            guard let start, let end, let step else {
                let time = try time.map { text throws(ParameterError) in try APIParameter.time(text) } ?? .now
                return try await engine.explain(query, at: time, in: view).description
            }
            let first = try APIParameter.time(start), last = try APIParameter.time(end)
            guard first <= last else { throw StartError("--end is before --start") }
            return try await engine.explain(
                query, over: first...last, step: try APIParameter.duration(step), in: view
            ).description
        } catch let error as StartError {
            throw error
        } catch {
            throw StartError("\(error)")
        }
    }
}
