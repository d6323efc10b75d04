internal import KTSDBEngine
internal import KTSDBModel
internal import PromQL

extension HistoryRun {
    /// Whether the last of several samples at one time counts.
    var keepsLast: Bool { options.duplicates == .keepLast }

    /// Compares the database with the model, and open views with what they showed.
    mutating func check() throws(HistoryFailure) {
        guard let database else { return }
        let view = database.readView(), contents = try contents(of: view)
        let horizon = database.statistics.retention.horizon?.milliseconds
        var differences: [String] = []
        let possible = states.filter { state in
            guard let difference = contents.difference(from: state, keepsLast: keepsLast, horizon: horizon) else {
                return true
            }
            differences.append(difference)
            return false
        }
        if possible.isEmpty {
            throw failure("shows what it should not: \(differences.joined(separator: "; or "))")
        }
        // States that show the same now may differ in what was not seen yet, so all of them stay.
        states = possible
        guard let horizon else { return try checkViews() }
        // What retention has removed is gone in all of them, and after a power cut, too.
        for index in states.indices { states[index].noteRetention(horizon) }
        for index in fallbacks.indices { fallbacks[index].noteRetention(horizon) }
        try checkViews()
    }

    private func checkViews() throws(HistoryFailure) {
        for (view, known) in views {
            if let difference = try self.contents(of: view).difference(from: known) {
                throw failure("an open view has changed: \(difference)")
            }
        }
    }

    func contents(of view: ReadView) throws(HistoryFailure) -> HistoryContents {
        do { return try HistoryContents(view) } catch { throw failure("cannot be read: \(error)") }
    }

    /// Asks the database and a plain model of what it shows the same questions.
    mutating func compareQueries() throws(HistoryFailure) {
        guard let database else { return }
        let view = database.readView(), reference = try contents(of: view).reference
        let back = Int64(generator.below(generator.oneIn(2) ? 1_000_000 : 100_000_000))
        let time = Timestamp(milliseconds: clock.now - back)
        for text in Self.questions { try compare(text, at: time, view, reference) }
    }

    /// Asks both the same question.
    func compare(
        _ text: String, at time: Timestamp, _ view: ReadView, _ reference: ReferenceDatabase
    ) throws(HistoryFailure) {
        let engine = PromQLEngine(), answers: [String]
        do {
            let expression = try engine.prepare(text).expression
            answers = [
                "\(try engine.evaluate(expression, text: text, at: time, in: view).value)",
                "\(try engine.evaluate(expression, text: text, at: time, in: reference).value)",
            ]
        } catch { throw failure("\(text) at \(time.milliseconds) fails: \(error)") }
        if answers[0] != answers[1] {
            throw failure("\(text) at \(time.milliseconds) is \(answers[0]), not \(answers[1])")
        }
    }

    private static let questions = [
        #"count({__name__=~"m.*"})"#, "sum by (i) (count_over_time(m0[1h]))", "topk(3, m1)", #"m0{i!="1"}"#,
        "count by (__name__) (last_over_time({__name__=~\".+\"}[2h]))", "max by (i) (m2)",
    ]
}
