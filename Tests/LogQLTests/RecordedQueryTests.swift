import Foundation
import KTSDBTesting
import LogQL
import Testing

/// What Loki answered to questions about the data set.
@Suite struct RecordedQueryTests {
    /// The status of an answer over HTTP.
    private static func status(_ error: LogQLError) -> Int {
        switch error.kind {
        case .syntax, .invalidQuery: 400
        case .matching, .notEnabled, .storage: 500
        case .timeout: 504
        case .cancelled: 499
        }
    }

    private static func ask(_ question: RecordedCase, _ source: MemoryLogSource) throws(LogQLError) -> LogQLResult {
        var options = LogQLOptions()
        options.allowsApproximateTopk = false
        let engine = LogQLEngine(options)
        if question.isInstant {
            let request = LogInstantRequest(time: question.time("time", default: 3600))
            return try engine.query(try LogQLExpression(parsing: question.query), request, in: source)
        }
        var request = LogRangeRequest(
            start: question.time("start", default: 0), end: question.time("end", default: 3600))
        if let text = question.parameter("limit") { request.limit = try LogParameter.limit(text) }
        if let text = question.parameter("direction") { request.direction = try LogParameter.direction(text) }
        if let text = question.parameter("step") { request.step = try LogParameter.step(text) }
        if let text = question.parameter("interval") { request.interval = try LogParameter.interval(text) }
        request.categorizesLabels = question.wantsCategories
        return try engine.query(try LogQLExpression(parsing: question.query), request, in: source)
    }

    /// Returns what is wrong with the answer, or nil; and whether the text of an error is the recorded one.
    private static func check(_ question: RecordedCase, _ source: MemoryLogSource) -> (problem: String?, sameText: Bool)
    {
        do throws(LogQLError) {
            let result = try ask(question, source)
            guard question.status == 200 else {
                return ("answered, instead of status \(question.status): \(question.errorText ?? "")", false)
            }
            if question.hasFlags != question.wantsCategories { return ("flags", false) }
            guard let wanted = ComparableAnswer(question) else { return ("the recorded answer is malformed", false) }
            let answer = ComparableAnswer(result.value, categorized: question.wantsCategories)
            if let difference = answer.difference(from: wanted) { return (difference, false) }
            if let order = question.order, case .vector(let samples) = result.value {
                let wanted = order.map { Double($0) ?? .nan }
                let isSame = zip(samples, wanted).allSatisfy { ComparableAnswer.isNear($0.value, $1) }
                if !isSame { return ("another order", false) }
            }
            return (nil, true)
        } catch {
            let status = status(error)
            guard question.status == status else {
                return ("status \(status) instead of \(question.status): \(error)", false)
            }
            return (nil, error.description == question.errorText)
        }
    }

    @Test func `queries are answered as recorded`() throws {
        guard let directory = ConformanceData.directory, let file = ConformanceData.file("logs/queries.json") else {
            return print(ConformanceData.skipNotice)
        }
        guard let python = RecordedDataSet.python else {
            #expect(!RecordedDataSet.isRequired, "python3, which makes the data set, is not installed")
            return print("skipped: python3, which makes the data set, is not installed")
        }
        let source = try RecordedDataSet.source(python, directory)
        #expect(source.entries.count > 1400)
        let document = try JSONSerialization.jsonObject(with: Data(file)) as? [String: Any]
        let cases = (document?["cases"] as? [[String: Any]] ?? []).compactMap { RecordedCase($0) }
        #expect(cases.count > 400)

        var right = 0, sameTexts = 0, disputed = 0, disputedAsRecorded = 0
        for question in cases {
            let (problem, sameText) = Self.check(question, source)
            if question.isDisputed {
                disputed += 1
                disputedAsRecorded += problem == nil ? 1 : 0
                continue
            }
            right += problem == nil ? 1 : 0
            sameTexts += problem == nil && sameText ? 1 : 0
            if let problem { Issue.record("\(question.id) \(question.query): \(problem)") }
        }
        print(
            "logs: \(right) of \(cases.count - disputed) queries as recorded, \(sameTexts) with the same texts; "
                + "\(disputedAsRecorded) of \(disputed) disputed ones")
    }
}
