// `swift run -c release ktsdb-fuzz parser [--seconds N] [--seed N]`: feeds random texts to the parser.
// `swift run -c release ktsdb-fuzz peer [--seconds N] [--seed N] [--prometheus PROGRAM]`: asks ktsdb and an installed
// Prometheus 2 the same random questions about the same random data, and prints each difference, made small.
// `ktsdb-fuzz peer --seed N --at SECONDS --ask EXPRESSION` prints both answers to one question about the data of a
// seed. `ktsdb-fuzz histories [--seconds N] [--seed N] [--steps N]`: random histories of a database on a simulated disk
// that fails and loses power, against a plain model. The exit status is 1 if there was any problem.

import Foundation

private func stop(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(2)
}

private let arguments = Array(CommandLine.arguments.dropFirst())
private var options: [String: String] = [:]
for place in stride(from: 1, to: arguments.count, by: 2) {
    guard
        ["--seconds", "--seed", "--prometheus", "--questions", "--ask", "--at", "--steps"].contains(arguments[place]),
        place + 1 < arguments.count
    else { stop("ktsdb-fuzz: what is \(arguments[place])? See Fuzzers/main.swift.") }
    options[arguments[place]] = arguments[place + 1]
}
private let seconds = Double(options["--seconds"] ?? "60") ?? 60
private let seed = UInt64(options["--seed"] ?? "1") ?? 1

/// Kept forever: a source that is released is cancelled.
private var signals: [any DispatchSourceSignal] = []

/// Also ends the process that was started when this one is ended by a signal.
@MainActor
private func endPeerOnSignals() {
    for number in [SIGINT, SIGTERM] {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            PrometheusPeer.stopRunning()
            exit(130)
        }
        source.resume()
        signals.append(source)
    }
}

switch arguments.first {
case "parser": exit(runParserFuzzer(seed: seed, for: .seconds(seconds)) ? 0 : 1)
case "histories":
    exit(runHistories(seed: seed, for: .seconds(seconds), steps: Int(options["--steps"] ?? "60") ?? 60) ? 0 : 1)
case "peer":
    endPeerOnSignals()
    var run = PeerRun(prometheus: options["--prometheus"] ?? "/usr/bin/prometheus")
    if let questions = options["--questions"].flatMap({ Int($0) }) { run.questionsPerWorld = questions }
    do {
        if let expression = options["--ask"] {
            let question = Question(expression: expression, start: Int64(options["--at"] ?? "") ?? 0, step: 0, steps: 1)
            try await run.show(question, seed: seed)
            exit(0)
        }
        exit(try await run.run(seed: seed, for: .seconds(seconds)) ? 0 : 1)
    } catch {
        stop("ktsdb-fuzz: \(error)")
    }
default: stop("usage: ktsdb-fuzz parser|peer|histories [--seconds N] [--seed N] [--questions N] [--prometheus PROGRAM]")
}
