import Foundation
import KTSDBEngine
import KTSDBModel
import PromQL

/// Asks ktsdb and an installed Prometheus the same questions, and compares their answers.
struct PeerRun {
    /// The path of the Prometheus program.
    var prometheus: String
    /// How many questions are asked about one set of samples.
    var questionsPerWorld = 2000
    /// The largest difference between two numbers, relative to the larger one.
    var tolerance = 1e-12

    private struct Tally {
        var questions = 0, points = 0, errors = 0, known = 0, rounded = 0, differences = 0
    }

    /// Asks questions until the time is up, and prints each difference.
    /// - Returns: Whether there were none.
    func run(seed: UInt64, for time: Duration) async throws -> Bool {
        let end = ContinuousClock.now + time
        var seed = seed, tally = Tally()
        while ContinuousClock.now < end {
            try await askAbout(seed, until: end, &tally)
            seed += 1
            print(
                "\(tally.questions) questions, \(tally.errors) of them refused by both, \(tally.points) points, "
                    + "\(tally.known) known differences, \(tally.rounded) by rounding, \(tally.differences) others; the next seed is \(seed)"
            )
            // Output to a file is written at once, too.
            fflush(nil)
        }
        return tally.differences == 0
    }

    /// Prints both answers to a question about the samples of one seed.
    func show(_ question: Question, seed: UInt64) async throws {
        let world = SampleWorld(seed: seed), peer = try await PrometheusPeer(path: prometheus)
        try await peer.write(world)
        let database = try world.database()
        print("ktsdb: \(answer(question, database))\nPrometheus: \(try await peer.answer(question))")
        if let result = try? result(question, database) {
            print((result.warnings + result.infos).joined(separator: "\n"))
        }
    }

    private func askAbout(_ seed: UInt64, until end: ContinuousClock.Instant, _ tally: inout Tally) async throws {
        let world = SampleWorld(seed: seed)
        let database = try world.database()
        let peer = try await PrometheusPeer(path: prometheus)
        try await peer.write(world)
        var generator = QuestionGenerator(seed: seed)
        for _ in 0..<questionsPerWorld where ContinuousClock.now < end {
            let question = generator.next()
            let theirs = try await peer.answer(question), ours = self.answer(question, database)
            tally.questions += 1
            tally.points += ours.count
            if case .error = ours, case .error = theirs { tally.errors += 1 }
            guard ours.difference(from: theirs, tolerance: tolerance) != nil else { continue }
            let small = try await shrunk(question, peer, database)
            let difference = answer(small, database).difference(
                from: try await peer.answer(small), tolerance: tolerance)
            guard let difference else { continue }
            let known = KnownDifference(
                question: small,
                evaluate: { [small] expression, time in
                    var part = small
                    part.expression = expression.description
                    if let time { (part.start, part.step, part.steps) = (time / 1000, 0, 1) }
                    return answer(part, database)
                },
                remarks: { [small] expression in
                    var part = small
                    part.expression = expression.description
                    return (try? result(part, database)).map { $0.warnings + $0.infos } ?? []
                })
            if known.explains(difference, in: small.expression) {
                tally.known += 1
                continue
            }
            let isSmall = difference.point.map { $0.ours.equals($0.theirs, tolerance: 1e-6) } ?? false
            if isSmall || difference.point?.numbers != nil, try await hasRoundedParts(small, peer, database) {
                tally.rounded += 1
                continue
            }
            tally.differences += 1
            print("seed \(seed), start \(small.start), step \(small.step), steps \(small.steps): \(small.expression)")
            print("    \(difference.text)")
            if small.expression != question.expression { print("    made smaller from \(question.expression)") }
        }
    }

    private func answer(_ question: Question, _ database: Database) -> Answer {
        do throws(QueryError) {
            return Answer(try result(question, database))
        } catch {
            return .error(error.description)
        }
    }

    private func result(_ question: Question, _ database: Database) throws(QueryError) -> QueryResult {
        let engine = PromQLEngine(), view = database.readView()
        let expression = try engine.expression(question.expression)
        let start = Timestamp(milliseconds: question.start * 1000)
        if question.step == 0 { return try engine.evaluate(expression, at: start, in: view) }
        let end = Timestamp(milliseconds: question.end * 1000)
        return try engine.evaluate(expression, over: start...end, step: .seconds(question.step), in: view)
    }

    /// Returns the smallest part of the question that still has different answers.
    private func shrunk(_ question: Question, _ peer: PrometheusPeer, _ database: Database) async throws -> Question {
        var question = question
        search: while true {
            for candidate in candidates(question) {
                let theirs = try await peer.answer(candidate)
                if answer(candidate, database).difference(from: theirs, tolerance: tolerance) == nil { continue }
                question = candidate
                continue search
            }
            return question
        }
    }

    /// Returns whether the expression's operands differ in the last bits: then a difference of two, a remainder or a
    /// step function may differ by any amount.
    private func hasRoundedParts(
        _ question: Question, _ peer: PrometheusPeer, _ database: Database
    ) async throws -> Bool {
        guard let expression = try? parse(question.expression) else { return false }
        for inner in expression.parts where inner.type == .vector || inner.type == .scalar {
            var part = question
            part.expression = inner.description
            if answer(part, database).difference(from: try await peer.answer(part), tolerance: 0) != nil { return true }
            if try await hasRoundedParts(part, peer, database) { return true }
        }
        // The points of a subquery are at times of their own: as a range vector, they can be queried at a single time.
        for inner in expression.subqueries {
            var part = question
            (part.expression, part.step, part.steps) = (inner.description, 0, 1)
            for step in 0..<question.steps {
                part.start = question.start + step * question.step
                if answer(part, database).difference(from: try await peer.answer(part), tolerance: 0) != nil {
                    return true
                }
            }
        }
        return false
    }

    private func candidates(_ question: Question) -> [Question] {
        var result: [Question] = []
        if question.step > 0, question.steps > 1 {
            for (skipped, steps) in [
                (0, question.steps / 2), (question.steps / 2, question.steps - question.steps / 2),
            ] {
                var part = question
                part.start += skipped * question.step
                part.steps = steps
                result.append(part)
            }
        }
        guard let expression = try? parse(question.expression) else { return result }
        for inner in expression.parts where inner.type == .vector || inner.type == .scalar {
            var part = question
            part.expression = inner.description
            result.append(part)
        }
        if question.steps == 1 { result += expression.subqueries.compactMap { points(of: $0, in: question) } }
        return result
    }

    /// Returns the operand of a subquery, evaluated at the subquery's own points, as a question.
    private func points(of subquery: PromQL.Expression, in question: Question) -> Question? {
        guard case .subquery(let node) = subquery else { return nil }
        func seconds(_ duration: DurationExpression?, else other: Int64) -> Int64 {
            guard let duration else { return other }
            return ((try? duration.milliseconds(step: 0, queryRange: 0, allowingNegative: true)) ?? 0) / 1000
        }
        var end = question.start
        if case .timestamp(let time) = node.at { end = time.milliseconds / 1000 }
        end -= seconds(node.offset, else: 0)
        let step = seconds(node.step, else: 60), first = (end - seconds(node.window, else: 0)) / step + 1
        guard first <= end / step else { return nil }
        return Question(
            expression: node.expression.description, start: first * step, step: step, steps: end / step - first + 1)
    }
}

extension PromQL.Expression {
    /// The subqueries that are arguments of a function, if this is one.
    var subqueries: [PromQL.Expression] {
        guard case .call(let node) = self else { return [] }
        return node.arguments.filter { if case .subquery = $0 { true } else { false } }
    }

    /// The operands of this expression.
    var parts: [PromQL.Expression] {
        switch self {
        case .number, .string, .vectorSelector, .matrixSelector: []
        case .subquery(let node): [node.expression]
        case .unary(let node): [node.operand]
        case .binary(let node): [node.left, node.right]
        case .aggregation(let node): [node.operand] + (node.parameter.map { [$0] } ?? [])
        case .call(let node): node.arguments.flatMap { $0.type == .matrix ? $0.parts : [$0] }
        case .parentheses(let node): [node.inner]
        }
    }
}
