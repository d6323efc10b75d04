internal import KTSDBModel
internal import PrometheusWire

/// The parameters of a search.
struct SearchRequest: Sendable {
    private enum Order: Sendable { case ascending, descending, score }

    let range: ClosedRange<Timestamp>
    let terms: SearchTerms
    let includesScore: Bool
    let limit: Int
    let batchSize: Int
    private let order: Order

    private static let termLimit = 32, usualLimit = 100

    /// Reads the parameters; a higher limit than `maximum` is refused.
    init(_ parameters: RequestParameters, _ endpoint: String, maximum: Int?) throws(APIError) {
        if let problem = parameters.problem { throw APIError(.badData, "error parsing form values: \(problem)") }
        let now = Timestamp.now
        let start = try parameters.time("start", default: Timestamp(milliseconds: now.milliseconds - 3_600_000))
        let end = try parameters.time("end", default: now)
        guard start <= end else { throw APIError(.badData, "end timestamp must not be before start timestamp") }
        range = start...end
        terms = try Self.terms(parameters)
        includesScore = try Self.flag(parameters, "include_score", default: false)
        order = try Self.order(parameters, endpoint)
        limit = try Self.limit(parameters, maximum)
        batchSize = try Self.positive(parameters, "batch_size") ?? Self.usualLimit
    }

    private static func terms(_ parameters: RequestParameters) throws(APIError) -> SearchTerms {
        let texts = parameters.all("search[]")
        guard texts.count <= termLimit else {
            throw APIError(.badData, "too many search[] terms: got \(texts.count), maximum is \(termLimit)")
        }
        var threshold = 0, algorithm = SearchTerms.Algorithm.subsequence
        let thresholdText = parameters["fuzz_threshold"], algorithmText = parameters["fuzz_alg"]
        if !thresholdText.isEmpty {
            guard let number = Int(thresholdText), (0...100).contains(number) else {
                throw APIError(.badData, "invalid fuzz_threshold \(goQuoted(thresholdText)): must be 0-100")
            }
            threshold = number
        }
        if !algorithmText.isEmpty {
            guard let known = SearchTerms.Algorithm(rawValue: algorithmText) else {
                let all = SearchTerms.Algorithm.allCases.map(\.rawValue).joined(separator: " ")
                throw APIError(.badData, "unsupported fuzz_alg \(goQuoted(algorithmText)): must be one of [\(all)]")
            }
            algorithm = known
        }
        let isCaseSensitive = try flag(parameters, "case_sensitive", default: true)
        return SearchTerms(texts, threshold: threshold, algorithm, caseSensitive: isCaseSensitive)
    }

    private static func order(_ parameters: RequestParameters, _ endpoint: String) throws(APIError) -> Order {
        let by = parameters["sort_by"], direction = parameters["sort_dir"]
        if !direction.isEmpty, by.isEmpty { throw APIError(.badData, "sort_dir is only valid when sort_by is set") }
        if !direction.isEmpty, by == "score" {
            throw APIError(.badData, "sort_dir is not supported for sort_by=score")
        }
        guard ["", "asc", "dsc"].contains(direction) else {
            throw APIError(.badData, "invalid sort_dir \(goQuoted(direction)): must be \"asc\" or \"dsc\"")
        }
        switch by {
        case "", "alpha": return direction == "dsc" ? .descending : .ascending
        case "score" where parameters.all("search[]").isEmpty:
            throw APIError(.badData, "sort_by=score requires search[] to be set")
        case "score": return .score
        default:
            throw APIError(
                .badData, "invalid sort_by \(goQuoted(by)) for \(endpoint): must be \"alpha\" or \"score\"")
        }
    }

    private static func limit(_ parameters: RequestParameters, _ maximum: Int?) throws(APIError) -> Int {
        guard let limit = try positive(parameters, "limit") else { return min(usualLimit, maximum ?? usualLimit) }
        if let maximum, limit > maximum {
            throw APIError(
                .badData, "limit \(limit) exceeds the configured maximum (\(maximum), see --web.search.max-limit)")
        }
        return limit
    }

    private static func positive(_ parameters: RequestParameters, _ name: String) throws(APIError) -> Int? {
        let text = parameters[name]
        guard !text.isEmpty else { return nil }
        guard let number = Int(text), number > 0 else {
            throw APIError(.badData, "invalid \(name) \(goQuoted(text)): must be a positive integer")
        }
        return number
    }

    /// Returns a truth value in any of the forms that Go accepts.
    static func flag(
        _ parameters: RequestParameters, _ name: String, default missing: Bool
    ) throws(APIError) -> Bool {
        do throws(APIError) { return try parameters.boolean(name) ?? missing } catch {
            throw APIError(.badData, "invalid \(name) \(goQuoted(parameters[name])): must be boolean")
        }
    }

    // MARK: Searching

    /// A value that matches, and how well.
    struct Match: Sendable {
        var value: String
        var score: Double
    }

    /// Returns the values that match, of a sorted list, in the order that is asked for; one more than the limit if
    /// there are more. `step` is called for each value, and throws to end the search.
    func matches(_ values: [String], step: () throws -> Void) throws -> [Match] {
        var found: [Match] = []
        let sorted = order == .descending ? values.reversed() : values
        for value in sorted {
            try step()
            guard let score = terms.score(value) else { continue }
            found.append(Match(value: value, score: score))
            // By score, the best may come last.
            if order != .score, found.count > limit { break }
        }
        guard order == .score else { return found }
        found.sort { ($1.score, $0.value) < ($0.score, $1.value) }
        return Array(found.prefix(limit == .max ? limit : limit + 1))
    }
}
